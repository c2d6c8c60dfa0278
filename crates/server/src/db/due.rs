//! When something falls due next, of every kind at once: the one question that a clock asks again and again.

use super::engine::{DbError, Read, Row};
use crate::{args, sql};

sql! {
    NEXT = "
        SELECT r.retailer_id,
            (SELECT MIN(s.next_check_at) FROM shipment AS s WHERE s.retailer_id = r.retailer_id AND s.next_check_at IS NOT NULL),
            (SELECT MIN(o.next_check_at) FROM customer_order AS o WHERE o.retailer_id = r.retailer_id AND o.next_check_at IS NOT NULL),
            (SELECT MIN(t.run_at) FROM task AS t WHERE t.retailer_id = r.retailer_id),
            (SELECT MIN(CASE WHEN n.leased_until > n.send_at THEN n.leased_until ELSE n.send_at END)
                FROM notification AS n
                WHERE n.retailer_id = r.retailer_id AND n.send_at IS NOT NULL),
            (SELECT MIN(CASE WHEN m.leased_until > m.next_attempt_at THEN m.leased_until ELSE m.next_attempt_at END)
                FROM webhook_message AS m
                WHERE m.retailer_id = r.retailer_id AND m.next_attempt_at IS NOT NULL),
            (SELECT MIN(CASE
                    WHEN a.wait_until > (SELECT MIN(p.next_at) FROM poll_turn AS p WHERE p.retailer_id = a.retailer_id AND p.account_id = a.id)
                    THEN a.wait_until
                    ELSE (SELECT MIN(p.next_at) FROM poll_turn AS p WHERE p.retailer_id = a.retailer_id AND p.account_id = a.id) END)
                FROM carrier_account AS a
                WHERE a.retailer_id = r.retailer_id AND a.state <> 'paused'),
            (SELECT MIN(f.next_check_at) FROM feed AS f WHERE f.retailer_id = r.retailer_id AND f.next_check_at IS NOT NULL),
            (SELECT MIN(f.next_at) FROM file_source AS f WHERE f.retailer_id = r.retailer_id AND f.next_at IS NOT NULL)
        FROM retailer AS r";
}

/// Per kind of work the earliest moment, for one retailer.
#[derive(Clone, Debug)]
pub struct Due {
    pub retailer: String,
    pub shipments: Option<i64>,
    pub orders: Option<i64>,
    pub tasks: Option<i64>,
    pub notifications: Option<i64>,
    pub webhooks: Option<i64>,
    pub polls: Option<i64>,
    pub feeds: Option<i64>,
    pub files: Option<i64>,
}

impl Due {
    fn of(r: &Row) -> Due {
        Due {
            retailer: r.text(0),
            shipments: r.opt_int(1),
            orders: r.opt_int(2),
            tasks: r.opt_int(3),
            notifications: r.opt_int(4),
            webhooks: r.opt_int(5),
            polls: r.opt_int(6),
            feeds: r.opt_int(7),
            files: r.opt_int(8),
        }
    }

    pub fn moments(&self) -> impl Iterator<Item = i64> {
        [self.shipments, self.orders, self.tasks, self.notifications, self.webhooks, self.polls, self.feeds, self.files]
            .into_iter()
            .flatten()
    }
}

pub async fn next(read: &Read<'_>) -> Result<Vec<Due>, DbError> {
    Ok(read.all(&NEXT, args![]).await?.iter().map(Due::of).collect())
}
