//! Carriers that were guessed wrongly, put right for many parcels at once.

use axum::extract::Path;
use whereabouts_adapters::{carrier::ALL, recognise};

use super::{Answer, Asked, Desk, Fault, Form, after, plural, toast};
use crate::{
    db::{self, corrections::CorrectionRow, shipments::ShipmentRow},
    flow::{self, FlowError, corrections::Selection},
    following::carrier_name,
    web::desk::{
        corrections::{CorrectionLine, CorrectionsView, Meant, MeantRow},
        frame::Undo,
    },
};

const ROWS_SHOWN: usize = 50;
const DONE_SHOWN: i64 = 20;
const MAY_BE: usize = 3;

fn selection(get: &dyn Fn(&str) -> String) -> (Selection, String) {
    let some = |name: &str| Some(get(name)).filter(|v| !v.is_empty());
    let selection = Selection {
        shipment_ids: Vec::new(),
        from: some("from"),
        number_begins: some("number_begins"),
        without_events: some("without_events").is_some(),
        number_fits: some("number_fits").is_some(),
    };
    (selection, get("carrier"))
}

/// `GET /desk/corrections`: `from`, `number_begins`, `without_events`, `number_fits`, `carrier`; with a carrier it shows what would change.
pub async fn get(desk: Desk, asked: Asked) -> Answer {
    let (of, to) = selection(&|name| asked.get(name).unwrap_or_default().to_string());
    let read = desk.app.db.read().await?;
    let (mut meant, mut problem) = (None, None);
    if !to.is_empty() {
        match flow::corrections::selected(&read, desk.retailer(), &of, &to).await {
            Ok((rows, more)) => meant = Some(told(&rows, more, &to)),
            Err(FlowError::Invalid(faults)) => problem = Some(faults.into_iter().map(|f| f.message).collect::<Vec<_>>().join("; ")),
            Err(other) => return Err(other.into()),
        }
    }
    let done = db::corrections::list(&read, desk.retailer(), db::corrections::NEWEST, DONE_SHOWN).await?;
    drop(read);
    let colleagues = desk.colleagues().await?;
    let by = |email: &str| colleagues.get(email).map_or_else(|| email.to_string(), Clone::clone);
    let line = |c: &CorrectionRow| CorrectionLine {
        id: c.id.clone(),
        words: format!("{} became {}\u{2019}s", plural(c.shipments().len() as u64, "parcel", "parcels"), carrier_name(&c.carrier)),
        by: by(&c.made_by),
        at: desk.when_ms(c.at),
        undone: c.undone_by.as_deref().map(|email| format!("undone by {}", by(email))),
    };
    let carriers = ALL.iter().map(|c| c.card()).filter(|card| !card.aggregator);
    let view = CorrectionsView {
        frame: desk.frame("Wrong carrier", "corrections").await?,
        from: of.from.unwrap_or_default(),
        number_begins: of.number_begins.unwrap_or_default(),
        without_events: of.without_events,
        number_fits: of.number_fits,
        carrier: to,
        carriers: carriers.map(|card| (card.id.to_string(), card.name.to_string())).collect(),
        problem,
        meant,
        done: done.iter().map(line).collect(),
    };
    desk.show(&view)
}

fn told(rows: &[ShipmentRow], more: bool, to: &str) -> Meant {
    let name = carrier_name(to);
    let count = plural(rows.len() as u64, "parcel", "parcels");
    Meant {
        words: match (rows.is_empty(), more) {
            (true, _) => "No parcel would change.".into(),
            (false, true) => format!("The newest {count} would be {name}\u{2019}s; there are more, for a second go."),
            (false, false) => format!("{count} would be {name}\u{2019}s."),
        },
        rows: rows.iter().take(ROWS_SHOWN).map(row).collect(),
        is_any: !rows.is_empty(),
    }
}

fn row(s: &ShipmentRow) -> MeantRow {
    let number = s.registration.tracking_number.clone().unwrap_or_default();
    let may_be: Vec<String> = recognise::recognise(&number).iter().take(MAY_BE).map(|c| carrier_name(c.carrier)).collect();
    MeantRow {
        shipment: s.id.clone(),
        name: s.registration.order_number.clone().unwrap_or_else(|| "A parcel".into()),
        from: s.registration.carrier.as_deref().map_or_else(|| "none".into(), carrier_name),
        state: s.journey.state.label().to_string(),
        may_be: if may_be.is_empty() { "no form that we know".into() } else { format!("may be {}", may_be.join(", ")) },
        number,
    }
}

/// `POST /desk/corrections`: the same fields.
pub async fn post(desk: Desk, form: Form) -> Answer {
    let (of, to) = selection(&|name| form.get(name).to_string());
    let done = flow::corrections::correct(&desk.app, desk.retailer(), &of, &to, &desk.staff.email).await;
    let word = |c: CorrectionRow| super::Toast {
        undo: Some(Undo { action: format!("/desk/corrections/{}/undo", c.id), fields: Vec::new() }),
        ..toast::done(format!("{} put right", plural(c.shipments().len() as u64, "parcel", "parcels")))
    };
    after("/desk/corrections", done.map(word))
}

/// `POST /desk/corrections/{id}/undo`
pub async fn undo(desk: Desk, Path(id): Path<String>) -> Answer {
    if id.contains('\0') {
        return Err(Fault::NotFound);
    }
    let done = flow::corrections::undo(&desk.app, desk.retailer(), &id, &desk.staff.email).await;
    after("/desk/corrections", done.map(|n| toast::done(format!("Undone: {} as before", plural(n as u64, "parcel", "parcels")))))
}
