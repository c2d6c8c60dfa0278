//! The addresses to paste, and the secrets of those who sign.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use axum::{extract::Path, http::StatusCode};
use jiff::Timestamp;
use whereabouts_adapters::{
    carrier::{ALL, Payload},
    signature::BadSignature,
};

use super::{Answer, Desk, Fault, Form, after, page, quoted, received::signature_pill, toast, wording};
use crate::{
    db::{
        self,
        received::{NEWEST, ReceivedFilter},
    },
    flow::{self, FlowError},
    following::carrier_name,
    web::{
        api::received::since,
        desk::{
            frame::{Toast, Undo},
            hooks::{Address, Dialect, HooksView, Last},
            pill::Pill,
        },
    },
};

const PLACE: &str = "/desk/hooks";

/// `GET /desk/hooks`
pub async fn get(desk: Desk) -> Answer {
    let view = view(&desk, "", None).await?;
    desk.show(&view)
}

async fn view(desk: &Desk, refused: &str, problem: Option<String>) -> Result<HooksView, Fault> {
    let read = desk.app.db.read().await?;
    let set: HashMap<String, i64> =
        db::hooks::secrets(&read, desk.retailer()).await?.into_iter().map(|s| (s.dialect, s.updated_at)).collect();
    let called: BTreeMap<String, i64> = db::received::by_dialect(&read, desk.retailer(), &since(&desk.app))
        .await?
        .into_iter()
        .filter(|f| f.source == "hook" && !f.dialect.is_empty())
        .map(|f| (f.dialect, f.last_at))
        .collect();
    drop(read);
    let (mut signing, mut others) = (Vec::new(), Vec::new());
    let signers: BTreeSet<&str> = ALL.iter().filter(|c| signs(**c)).map(|c| c.card().id).collect();
    for id in &signers {
        signing.push(dialect(desk, id, called.get(*id).copied(), true, set.get(*id).copied(), *id == refused).await?);
    }
    for (id, last_at) in called.iter().filter(|(id, _)| !signers.contains(id.as_str())) {
        others.push(dialect(desk, id, Some(*last_at), false, None, false).await?);
    }
    // Who called lately stands first: that is what somebody comes here to look at.
    signing.sort_by_key(|d| (d.set.is_none() && d.last.is_none(), d.name.to_lowercase()));
    let (gone, hold): (Vec<_>, Vec<_>) =
        flow::hooks::addresses(&desk.app, desk.retailer()).await?.into_iter().partition(|a| a.revoked_at.is_some());
    let addresses = hold.iter();
    Ok(HooksView {
        frame: desk.frame("Hooks", "hooks").await?,
        addresses: addresses.map(|a| shown(desk, a)).collect(),
        gone: gone.iter().map(|a| shown(desk, a)).collect(),
        fresh: None,
        signing,
        others,
        problem,
    })
}

fn shown(desk: &Desk, a: &flow::hooks::Address) -> Address {
    let made = format!("made {} by {}", wording::day_and_clock(a.made_at, &desk.zone), a.made_by);
    Address { id: a.id.clone(), url: a.url.clone(), made }
}

/// `POST /desk/hooks/addresses`: one more; what cannot be kept is shown here and now.
pub async fn new_address(desk: Desk) -> Answer {
    let made = match flow::hooks::new_address(&desk.app, desk.retailer(), &desk.staff.email).await {
        Ok(made) => made,
        Err(error) => return after(PLACE, Err(error)),
    };
    let view = view(&desk, "", None).await?;
    if view.addresses.iter().any(|a| a.id == made.id && a.url.is_some()) {
        let undo = Undo { action: format!("{PLACE}/addresses/{}/revoke", made.id), fields: Vec::new() };
        return after(PLACE, Ok(Toast { undo: Some(undo), ..toast::done("The new address holds, and so does the old one".to_string()) }));
    }
    desk.show(&HooksView { fresh: made.url, ..view })
}

/// `POST /desk/hooks/addresses/{id}/{what}`: `revoke`, `restore`.
pub async fn address(desk: Desk, Path((id, what)): Path<(String, String)>) -> Answer {
    if id.contains('\0') {
        return Err(Fault::NotFound);
    }
    let done = match what.as_str() {
        "revoke" => flow::hooks::revoke(&desk.app, desk.retailer(), &id, true).await,
        "restore" => flow::hooks::revoke(&desk.app, desk.retailer(), &id, false).await,
        _ => return Err(Fault::NotFound),
    };
    let word = |()| match what.as_str() {
        "revoke" => {
            let undo = Undo { action: format!("{PLACE}/addresses/{id}/restore"), fields: Vec::new() };
            Toast { undo: Some(undo), ..toast::done("Nobody gets in by that address any more".to_string()) }
        }
        _ => toast::done("That address holds again".to_string()),
    };
    after(PLACE, done.map(word))
}

/// Whether it has a signature that can be checked.
fn signs(carrier: &dyn whereabouts_adapters::carrier::Carrier) -> bool {
    let nothing = Payload::default();
    carrier.verify(&nothing, "", Timestamp::UNIX_EPOCH) != Err(BadSignature::NotOffered)
}

async fn dialect(desk: &Desk, id: &str, last_at: Option<i64>, signs: bool, set_at: Option<i64>, open: bool) -> Result<Dialect, Fault> {
    let filter = ReceivedFilter { dialect: id, outcome: "", mapping: "" };
    let newest = db::received::list(&desk.app.db.read().await?, desk.retailer(), filter, NEWEST, 1).await?;
    let state = match (signs, set_at) {
        (true, Some(_)) => Pill::new("good", "shield", "Signature required"),
        (true, None) => Pill::new("calm", "shield", "No secret set"),
        (false, _) => Pill::new("calm", "shield", "Does not sign"),
    };
    Ok(Dialect {
        id: id.into(),
        name: carrier_name(id),
        state,
        set: set_at.map(|at| format!("set {}", wording::day_and_clock(at, &desk.zone))),
        last: newest.first().map(|row| row.received_at).max(last_at).map(|at| Last {
            href: format!("/desk/received?dialect={}", quoted(id)),
            at: desk.when_ms(at),
            signature: newest.first().map(|row| signature_pill(row, &desk.ctx)),
        }),
        open,
    })
}

/// `POST /desk/hooks/{dialect}`: `secret`.
pub async fn post(desk: Desk, Path(dialect): Path<String>, form: Form) -> Answer {
    let secret = form.get("secret");
    if secret.is_empty() {
        let view = view(&desk, &dialect, Some(format!("{}: type or paste a secret", carrier_name(&dialect)))).await?;
        return page(StatusCode::UNPROCESSABLE_ENTITY, &view);
    }
    match flow::hooks::put_secret(&desk.app, desk.retailer(), &dialect, Some(secret)).await {
        Err(FlowError::Invalid(faults)) => {
            let words = faults.into_iter().map(|f| f.message).collect::<Vec<_>>().join("; ");
            let view = view(&desk, &dialect, Some(format!("{}: the secret {words}", carrier_name(&dialect)))).await?;
            page(StatusCode::UNPROCESSABLE_ENTITY, &view)
        }
        done => after(PLACE, done.map(|()| toast::done(format!("{} must be signed from now on", carrier_name(&dialect))))),
    }
}

/// `POST /desk/hooks/{dialect}/remove`
pub async fn remove(desk: Desk, Path(dialect): Path<String>) -> Answer {
    let done = flow::hooks::put_secret(&desk.app, desk.retailer(), &dialect, None).await;
    after(PLACE, done.map(|()| toast::done(format!("The secret of {} is gone; the address alone lets it in", carrier_name(&dialect)))))
}
