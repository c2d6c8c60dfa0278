//! What to say to the shopper: words an agent can copy as they stand. Honest about what is not known, and never a date in the past.

/// The situation, in the order in which it decides the words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Situation {
    /// The shopper says otherwise than the carrier.
    Disputed {
        delivered: String,
    },
    /// `last`: "Monday 23 November at 14:20 in Warrington"; none if the carrier never had a scan.
    MayBeMissing {
        last: Option<String>,
    },
    Collect {
        place: String,
        until: Option<String>,
    },
    /// `act`: what the shopper has to do, as an imperative.
    Shopper {
        act: String,
        until: Option<String>,
    },
    Delivered {
        when: String,
        to: Option<String>,
    },
    Returned,
    Lost,
    Late {
        expected: Option<String>,
    },
    /// Late, and the carrier never said that it has it.
    LateUnseen {
        was_handed_over: bool,
    },
    OnTheWay {
        expected: Option<String>,
    },
    NotDespatched {
        leaves_by: Option<String>,
    },
    /// The day by which it should have left is over.
    DespatchOverdue {
        was_due: String,
    },
}

/// Who is spoken to, and about what.
#[derive(Clone, Debug)]
pub struct About {
    pub first_name: String,
    pub order: String,
    pub carrier: String,
    pub tracking_page_url: String,
    pub brand: String,
}

pub fn reply(about: &About, situation: &Situation) -> String {
    let greeting = if about.first_name.is_empty() { "Hello,".to_owned() } else { format!("Hello {},", about.first_name) };
    let body = body(&about.order, &about.carrier, situation);
    format!("{greeting}\n\n{body}\n\nYou can follow it here at any time: {}\n\nKind regards\n{}", about.tracking_page_url, about.brand)
}

fn body(order: &str, carrier: &str, situation: &Situation) -> String {
    match situation {
        Situation::Disputed { delivered } => format!(
            "thank you for telling us. {carrier} recorded your order {order} as delivered {delivered}, and you say it is not with you. We have asked {carrier} for their proof and will come back to you with an answer."
        ),
        Situation::MayBeMissing { last: Some(last) } => format!(
            "your order {order} was last seen by {carrier} on {last}. That is longer ago than we would expect, so we are asking {carrier} where it is. You don't need to do anything; we will write as soon as we know more."
        ),
        Situation::MayBeMissing { last: None } => format!(
            "we handed your order {order} to {carrier}, and they have not confirmed yet that they have it. We are asking them. You don't need to do anything; we will write as soon as we know more."
        ),
        Situation::Collect { place, until } => {
            format!(
                "your order {order} is ready for you at {place}.{}",
                until.as_ref().map(|day| format!(" Please collect it by {day}.")).unwrap_or_default()
            )
        }
        Situation::Shopper { act, until } => format!(
            "{carrier} needs something from you before your order {order} can go on: {act}.{}",
            until.as_ref().map(|day| format!(" Please do so by {day}.")).unwrap_or_default()
        ),
        Situation::Delivered { when, to } => format!(
            "{carrier} delivered your order {order} {when}{}. If it is not there, please tell us and we will look into it.",
            to.as_ref().map(|to| format!(", {to}")).unwrap_or_default()
        ),
        Situation::Returned => {
            format!("your order {order} is on its way back to us. Please tell us whether we should send it again or refund it.")
        }
        Situation::Lost => {
            format!("we are sorry: {carrier} cannot find your order {order}. Please tell us whether we should send it again or refund it.")
        }
        Situation::Late { expected: Some(day) } => {
            format!("we are sorry: your order {order} is later than we promised. It is with {carrier} and is now expected {day}.")
        }
        Situation::Late { expected: None } => format!(
            "we are sorry: your order {order} is later than we promised. It is with {carrier}, who have not given a new day yet. We are watching it and will write when they do."
        ),
        Situation::LateUnseen { was_handed_over: true } => format!(
            "we are sorry: your order {order} is later than we promised. We handed it to {carrier}, and they have not confirmed yet that they have it. We are asking them and will write as soon as we know more."
        ),
        Situation::LateUnseen { was_handed_over: false } => format!(
            "we are sorry: your order {order} is later than we promised, and {carrier} has not told us yet that they have it. We are looking into it and will write as soon as we know more."
        ),
        Situation::OnTheWay { expected: Some(day) } => {
            format!("your order {order} is on its way with {carrier} and is expected {day}.")
        }
        Situation::OnTheWay { expected: None } => {
            format!("your order {order} is on its way with {carrier}. They have not given a day yet.")
        }
        Situation::NotDespatched { leaves_by } => format!(
            "we are packing your order {order}.{}",
            leaves_by.as_ref().map(|day| format!(" It leaves us by {day}.")).unwrap_or_default()
        ),
        Situation::DespatchOverdue { was_due } => format!(
            "we are sorry: your order {order} should have left us by {was_due}, and it has not yet. We are looking into it and will write as soon as it leaves."
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn say(situation: Situation) -> String {
        let about = About {
            first_name: "Aoife".into(),
            order: "NW-10481".into(),
            carrier: "Royal Mail".into(),
            tracking_page_url: "https://track.example/t/abc".into(),
            brand: "Northway Home".into(),
        };
        reply(&about, &situation)
    }

    #[test]
    fn an_order_that_should_have_left_is_not_said_to_be_packed() {
        let said = say(Situation::DespatchOverdue { was_due: "Monday 16 November".into() });
        assert!(
            said.contains("we are sorry: your order NW-10481 should have left us by Monday 16 November, and it has not yet."),
            "{said}"
        );
    }

    #[test]
    fn a_reply_can_be_sent_as_it_stands() {
        assert_eq!(
            say(Situation::Late { expected: Some("tomorrow, Wednesday 25 November".into()) }),
            "Hello Aoife,\n\nwe are sorry: your order NW-10481 is later than we promised. It is with Royal Mail and is now expected tomorrow, \
             Wednesday 25 November.\n\nYou can follow it here at any time: https://track.example/t/abc\n\nKind regards\nNorthway Home"
        );
    }

    #[test]
    fn without_a_day_no_day_is_invented() {
        assert!(say(Situation::OnTheWay { expected: None }).contains("They have not given a day yet."));
        assert!(say(Situation::Late { expected: None }).contains("not given a new day yet"));
    }

    #[test]
    fn a_late_parcel_never_scanned_is_not_said_to_be_with_the_carrier() {
        for was_handed_over in [true, false] {
            let words = say(Situation::LateUnseen { was_handed_over });
            assert!(words.contains("later than we promised") && !words.contains("It is with"), "{words}");
            assert_eq!(words.contains("We handed it to Royal Mail"), was_handed_over, "{words}");
        }
    }

    #[test]
    fn a_parcel_never_scanned_is_not_said_to_be_lost() {
        let words = say(Situation::MayBeMissing { last: None });
        assert!(words.contains("have not confirmed yet that they have it") && !words.contains("lost"));
    }
}
