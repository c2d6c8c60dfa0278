//! What became of a call: the answer goes into the inbox, each parcel gets its next turn, and the account goes on, waits or stops.

use std::collections::HashSet;

use whereabouts_adapters::ask::{self, Heard};

use super::{Group, Held, day_of};
use crate::{
    app::App,
    context::Context,
    db::{
        self,
        accounts::AccountRow,
        inbox::InboxRow,
        polls::{Spent, TurnRow},
        shipments::{ShipmentRow, number_key},
    },
    flow::{
        FlowError, accounts,
        understand::{self, Outcome},
    },
    gateway::Reply,
};

/// An account that was refused is tried with a single call after so long: carriers err, too.
pub const REFUSED_FOR_MS: i64 = 6 * 3_600_000;
pub const REFUSED: &str = "refused";

const DAY_MS: i64 = 86_400_000;
/// A number that the carrier does not know is asked for at least this often: the label may be printed long before the parcel moves.
const NOT_KNOWN_MAX_MS: i64 = 12 * 3_600_000;

/// What a call said of one parcel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    Told,
    NotKnown,
    /// Nothing; the account has to wait or was refused.
    Nothing,
    /// The call was not understood, with others in it or with this one alone.
    Refused {
        alone: bool,
    },
}

/// Writes down what was heard. Answers the account as it is now.
pub async fn settle(app: &App, held: &Held, group: &Group, reply: &Reply) -> Result<AccountRow, FlowError> {
    let now = app.clock.now();
    let now_ms = now.as_millisecond();
    let answer = Answer::of(app, held, group, reply);
    let mut tx = app.db.write().await?;
    // Removed meanwhile, and its parcels' turns with it.
    let Some(mut account) = db::accounts::by_id_for_write(&mut tx, &held.retailer, &held.row.id).await? else {
        return Ok(AccountRow { wait_until: now_ms, heard: Some(answer.heard.into()), ..held.row.clone() });
    };
    (account.heard_at, account.heard, account.wait_until) = (Some(now_ms), Some(answer.heard.into()), held.until);
    match &reply.heard {
        Heard::Told | Heard::NotKnownYet => {
            (account.state, account.reason, account.failures) = ("active".into(), None, 0);
            accounts::close_alert(app, &mut tx, &held.retailer, &mut account, "works_again").await?;
        }
        Heard::NoAccess => {
            account.failures += 1;
            account.wait_until = now_ms + REFUSED_FOR_MS;
            let why = match reply.status {
                Some(status) => format!("the carrier refused the credentials ({status})"),
                None => "the carrier gives no access with these credentials".into(),
            };
            accounts::refuse(app, &mut tx, &held.retailer, &mut account, &why).await?;
        }
        Heard::TooMany { wait_secs } | Heard::Later { wait_secs } => {
            account.failures += 1;
            let failures = u32::try_from(account.failures).unwrap_or(u32::MAX);
            account.wait_until = now_ms + ask::wait_after(failures, *wait_secs) * 1_000;
        }
        Heard::Refused => {}
    }
    if let Some(row) = answer.row {
        db::inbox::put(&mut tx, vec![row]).await?;
    }
    let mut spent = Spent { day: day_of(group.at), ..Spent::default() };
    // The gateway knew that it would be too soon, and called nobody; or a token was refused and another had to be fetched.
    spent.calls = reply.made.calls - group.foreseen.calls;
    spent.tokens = reply.made.tokens - group.foreseen.tokens;
    let mut turns = Vec::with_capacity(group.turns.len());
    for ((turn, shipment), said) in group.turns.iter().zip(&answer.said) {
        match said {
            Said::Told => spent.told += 1,
            Said::NotKnown => spent.not_known += 1,
            Said::Nothing | Said::Refused { .. } => spent.failed += 1,
        }
        turns.push(next_turn(turn, *said, answer.heard, &accounts_of(&held.ctx, shipment), now_ms));
    }
    db::polls::write(&mut tx, &held.retailer, &turns).await?;
    db::polls::count(&mut tx, &held.retailer, &held.row.id, &[spent]).await?;
    db::accounts::hear(&mut tx, &held.retailer, &account, held.until).await?;
    tx.commit().await?;
    if account.state != held.row.state {
        app.contexts.forget(&held.retailer);
        app.ring(&held.retailer, None);
    }
    app.wake.notify_one();
    Ok(account)
}

/// The accounts that may ask for it, as they take turns.
fn accounts_of(ctx: &Context, shipment: &ShipmentRow) -> Vec<String> {
    let carrier = shipment.registration.carrier.as_deref().unwrap_or_default();
    ctx.accounts_for(carrier).into_iter().filter(|a| !a.is_paused).map(|a| a.id.clone()).collect()
}

/// An answer as far as it concerns whose turn is next.
struct Answer {
    heard: &'static str,
    /// What goes into the inbox.
    row: Option<InboxRow>,
    /// Parcel by parcel.
    said: Vec<Said>,
}

impl Answer {
    fn of(app: &App, held: &Held, group: &Group, reply: &Reply) -> Answer {
        let all = |said: Said| vec![said; group.turns.len()];
        let without = |heard: &'static str, said: Said| Answer { heard, row: None, said: all(said) };
        match &reply.heard {
            Heard::Told => {}
            Heard::NotKnownYet => return without("not_known", Said::NotKnown),
            Heard::NoAccess => return without("no_access", Said::Nothing),
            Heard::TooMany { .. } => return without("too_many", Said::Nothing),
            Heard::Later { .. } => return without("later", Said::Nothing),
            Heard::Refused => return without(REFUSED, Said::Refused { alone: group.numbers.len() == 1 }),
        }
        let now = app.clock.now_ms();
        let alone = group.numbers.first().filter(|_| group.numbers.len() == 1);
        // Not a name that a header can have: no hook's sender can say it.
        let headers: Vec<(&str, &str)> = alone.map(|n| (understand::ASKED_NUMBER, n.as_str())).into_iter().collect();
        let row = InboxRow {
            retailer: held.retailer.clone(),
            id: app.ids.make("inb", now),
            received_at: now,
            source: "poll".into(),
            signature: None,
            dialect: Some(held.way.card.reads.to_string()),
            headers: serde_json::to_string(&headers).expect("pairs of texts can be written as JSON"),
            body: reply.body.clone(),
        };
        let understood = understand::read_one(&row, &[]);
        match understood.outcome {
            // What nobody can read is kept for the quarantine.
            Outcome::Unread => Answer { heard: "unreadable", row: Some(row), said: all(Said::Told) },
            _ if understood.events.is_empty() => without("not_known", Said::NotKnown),
            _ => {
                let told: HashSet<String> = understood.events.iter().map(|e| number_key(&e.tracking_number)).collect();
                let is_told = |s: &ShipmentRow| {
                    alone.is_some() || s.registration.tracking_number.as_deref().is_some_and(|n| told.contains(&number_key(n)))
                };
                let said = group.turns.iter().map(|(_, s)| if is_told(s) { Said::Told } else { Said::NotKnown }).collect();
                Answer { heard: "told", row: Some(row), said }
            }
        }
    }
}

/// A parcel's turn after a call. `accounts` may ask for it; one that does not know it gives it to the next.
pub fn next_turn(turn: &TurnRow, said: Said, heard: &str, accounts: &[String], now: i64) -> TurnRow {
    let mut next = TurnRow { heard: Some(heard.to_string()), ..turn.clone() };
    let asked_at = turn.asked_at.unwrap_or(now);
    next.next_at = match said {
        Said::Told => {
            (next.heard, next.not_known) = (Some("told".into()), 0);
            asked_at + turn.wait_ms
        }
        Said::NotKnown => {
            (next.heard, next.not_known) = (Some("not_known".into()), turn.not_known + 1);
            let place = accounts.iter().position(|a| *a == turn.account).unwrap_or(0);
            if let Some(other) = accounts.get((place + 1) % accounts.len().max(1)) {
                next.account.clone_from(other);
            }
            let rounds = next.not_known / accounts.len().max(1) as i64;
            if accounts.len() > 1 && next.not_known % accounts.len() as i64 != 0 {
                asked_at
            } else {
                asked_at + slower(turn.wait_ms, rounds)
            }
        }
        // Its account decides when.
        Said::Nothing => asked_at,
        Said::Refused { alone: false } => asked_at,
        Said::Refused { alone: true } => asked_at + turn.wait_ms.max(DAY_MS),
    };
    next
}

/// A number that is not known is asked for less and less often: every second time the pause is doubled.
fn slower(wait_ms: i64, times: i64) -> i64 {
    let doubled = u32::try_from((times - 1).max(0) / 2).unwrap_or(0).min(10);
    wait_ms.saturating_mul(1 << doubled).min(NOT_KNOWN_MAX_MS).max(wait_ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    fn turn(not_known: i64) -> TurnRow {
        TurnRow {
            shipment: "shp_1".into(),
            account: "a".into(),
            next_at: 0,
            pause_ms: 2 * HOUR,
            wait_ms: 4 * HOUR,
            asked_at: Some(0),
            heard: Some("asking".into()),
            not_known,
            asks_on: None,
            asks: 1,
        }
    }

    fn hours(said: Said, not_known: i64) -> i64 {
        next_turn(&turn(not_known), said, "x", &["a".to_string()], 0).next_at / HOUR
    }

    #[test]
    fn a_number_that_is_not_known_is_asked_for_less_and_less_often_but_never_less_than_twice_a_day() {
        assert_eq!([0, 1, 2, 3, 4, 5, 40].map(|n| hours(Said::NotKnown, n)), [4, 4, 8, 8, 12, 12, 12]);
        assert_eq!(hours(Said::Told, 40), 4);
        assert_eq!(next_turn(&turn(40), Said::Told, "told", &[], 0).not_known, 0);
    }

    #[test]
    fn a_number_that_one_account_does_not_know_is_asked_for_in_anothers_name_at_once() {
        let both = ["a".to_string(), "b".to_string()];
        let first = next_turn(&turn(0), Said::NotKnown, "not_known", &both, 0);
        assert_eq!((first.account.as_str(), first.next_at), ("b", 0));
        let second = next_turn(&first, Said::NotKnown, "not_known", &both, 0);
        assert_eq!((second.account.as_str(), second.next_at), ("a", 4 * HOUR));
        let told = next_turn(&first, Said::Told, "told", &both, 0);
        assert_eq!(told.account, "b", "who knows it goes on asking");
    }

    #[test]
    fn a_group_that_was_not_understood_is_asked_for_one_by_one_and_a_single_one_not_before_tomorrow() {
        assert_eq!(hours(Said::Refused { alone: false }, 0), 0);
        assert_eq!(hours(Said::Refused { alone: true }, 0), 24);
    }
}
