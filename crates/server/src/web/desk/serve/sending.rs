//! The stop sign on sending.

use super::{Answer, Desk, Form, after, plural, toast, wording};
use crate::{
    context::Context,
    db, flow,
    web::desk::sending::{Lane, SendingView},
};

/// "All messages are", "Messages of Northway Home are", "E-mails are": before "held".
pub fn scope_words(ctx: &Context, scope: &str) -> String {
    match scope.split_once(':') {
        Some(("brand", id)) => format!("Messages of {} are", ctx.brand(Some(id)).map_or(id, |b| &b.name)),
        Some(("channel", "email")) => "E-mails are".into(),
        Some((_, other)) => format!("Messages by {other} are"),
        None => "All messages are".into(),
    }
}

/// `GET /desk/sending`
pub async fn get(desk: Desk) -> Answer {
    let read = desk.app.db.read().await?;
    let holds = db::notifications::holds(&read, desk.retailer()).await?;
    let waiting = db::notifications::held_count(&read, desk.retailer()).await?;
    drop(read);
    let lane = |scope: &str, brand: &str, channel: &str, label: String| {
        let since = holds.iter().find(|h| h.0 == scope).map(|h| h.1);
        Lane {
            brand: brand.into(),
            channel: channel.into(),
            label,
            state: since.map_or_else(|| "Sending".into(), |at| format!("Held since {}", wording::day_and_clock(at, &desk.zone))),
            held: since.is_some(),
        }
    };
    let mut lanes = vec![lane("all", "", "", "Everything".into()), lane("channel:email", "", "email", "E-mail".into())];
    lanes.extend(desk.ctx.brands.iter().map(|b| lane(&format!("brand:{}", b.id), &b.id, "", b.name.clone())));
    let waiting = match u64::try_from(waiting).unwrap_or(0) {
        0 => String::new(),
        n => format!("{} wait. What is no longer true when you resume is withheld and says so.", plural(n, "message", "messages")),
    };
    desk.show(&SendingView { frame: desk.frame("Sending", "sending").await?, lanes, waiting })
}

fn scope_of(form: &Form) -> String {
    match (form.get("brand"), form.get("channel")) {
        ("", "") => "all".into(),
        ("", channel) => format!("channel:{channel}"),
        (brand, _) => format!("brand:{brand}"),
    }
}

/// `POST /desk/sending/hold`
pub async fn hold(desk: Desk, form: Form) -> Answer {
    let done = flow::hold::hold(&desk.app, desk.retailer(), &scope_of(&form)).await;
    if let Ok(scope) = &done {
        tracing::warn!(retailer.id = desk.retailer(), staff.id = %desk.staff.id, scope, reason = form.get("reason"), "sending is held");
    }
    after(form.back("/desk/sending"), done.map(|scope| toast::done(format!("{} held", scope_words(&desk.ctx, &scope)))))
}

/// `POST /desk/sending/resume`
pub async fn resume(desk: Desk, form: Form) -> Answer {
    let scope = scope_of(&form);
    let done = flow::hold::resume(&desk.app, desk.retailer(), &scope, true).await;
    let words = |r: flow::hold::Resumed| {
        let out = plural(r.released as u64, "message goes out", "messages go out");
        if r.discarded == 0 { out } else { format!("{out}, {} had gone stale", r.discarded) }
    };
    after(form.back("/desk/sending"), done.map(|r| toast::done(format!("Sending again: {}", words(r)))))
}
