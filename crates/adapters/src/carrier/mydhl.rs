//! MyDHL API (DHL Express): the tracking reply with its shipments, pieces and checkpoints, the proof of delivery beside
//! it, and problem replies. The checkpoints are DHL Express's own, and are read there.

use serde_json::Value;

use super::{
    Card, Carrier, Payload, Reading, Shape, Unreadable,
    dhl_express::{self, codes, track},
};
use crate::ask::{AskCard, Auth, Endpoint, Field, Pace, Probe, Request};
use crate::{reply, tree::Tree};

pub static CARRIER: MyDhl = MyDhl;
pub struct MyDhl;

static CARD: Card = Card { id: "mydhl", name: "DHL Express (MyDHL)", zone: "Europe/Berlin", aggregator: false, codes: codes::CODES };

impl Carrier for MyDhl {
    fn card(&self) -> &'static Card {
        &CARD
    }

    fn read(&self, payload: &Payload) -> Result<Reading, Unreadable> {
        let tree = payload.json()?;
        let parcels = shipments(&tree).into_iter().map(|s| track::shipment(s, payload, CARD.zone)).collect();
        let is_empty = is_proof(&tree) || tree.carries_list("shipments");
        reply::of(parcels, dhl_express::complaint(&tree), is_empty, "MyDHL")
    }

    fn detect(&self, _: &Payload, shape: &Shape) -> u8 {
        let Some(tree) = shape.json() else { return 0 };
        if shipments(tree).iter().any(|s| s.knows("shipmentTrackingNumber")) {
            return 94;
        }
        if is_proof(tree) {
            return 80;
        }
        let asked = tree.say("instance").unwrap_or_default();
        let is_own = asked.contains("shipmentTrackingNumber") || asked.contains("expressapi") || asked.ends_with("/tracking");
        if is_own && tree.knows("detail") { 90 } else { 0 }
    }

    fn tracking_url(&self, number: &str) -> Option<String> {
        dhl_express::CARRIER.tracking_url(number)
    }

    fn asks(&self) -> &'static [AskCard] {
        ASKS
    }
}

fn shipments(tree: &Value) -> Vec<&Value> {
    let told = tree.list("shipments");
    let bare = told.is_empty() && tree.knows("shipmentTrackingNumber") && tree.knows("events");
    if bare { vec![tree] } else { told.into_iter().filter(|s| s.is_object()).collect() }
}

/// Documents that prove a delivery come as a reply of their own, without the delivery.
fn is_proof(tree: &Value) -> bool {
    tree.list("documents").iter().any(|d| d.knows("content") && d.knows("typeCode"))
}

/// DHL's "MyDHL API" reference, operation "tracking": one shipment a call, all its checkpoints. The test host answers 500
/// calls a day.
pub(super) const ASK: AskCard = AskCard {
    id: "mydhl",
    name: "MyDHL API",
    help: "developer.dhl.com: an app with \"DHL Express - MyDHL API\"; DHL Express gives out user and password",
    reads: "mydhl",
    live: Endpoint::api("https://express.api.dhl.com/mydhlapi"),
    sandbox: Some(Endpoint::api("https://express.api.dhl.com/mydhlapi/test")),
    auth: Auth::Basic { user: "user", password: Some("password") },
    fields: &[Field::open("user", "User name (API key)"), Field::secret("password", "Password (API secret)")],
    batch: 1,
    pace: Pace { per_day: Some(500), least_gap_millis: 500 },
    probe: Probe::Number("0000000000"),
    request: |a| {
        Request::get("/shipments")
            .piece(a.number())
            .piece("tracking")
            .query("trackingView", "all-checkpoints")
            .query("levelOfDetail", "all")
            .header("message-reference", a.reference)
    },
};

static ASKS: &[AskCard] = &[ASK];
