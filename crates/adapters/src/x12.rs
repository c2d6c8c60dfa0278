//! ANSI X12 transaction set 214, "transportation carrier shipment status message": sets, their identifiers and their
//! status details. The interchange says itself how it is divided; where it doesn't (a set without envelope, a file
//! with line ends for terminators) the usual marks are tried. Segment counts are not believed.

use jiff::tz::{Offset, TimeZone};
use whereabouts_domain::{
    Location, Moment, Reason,
    State::{self, *},
    TimeBasis,
};

use crate::{
    clock::{self, DateOrder, ZoneRule},
    place,
};

/// One transaction set.
#[derive(Debug, Default)]
pub struct StatusMessage {
    /// The carrier's number and the shipper's (B10).
    pub number: String,
    /// Standard carrier alpha code (B10).
    pub scac: String,
    /// References (L11): value and qualifier.
    pub references: Vec<(String, String)>,
    pub details: Vec<StatusDetail>,
}

/// One status (AT7) and where it happened (MS1).
#[derive(Debug, Default)]
pub struct StatusDetail {
    pub code: String,
    pub reason_code: String,
    pub day: String,
    pub time: String,
    pub time_code: String,
    pub place: Location,
}

/// Does it look like an X12 interchange or a bare status message?
pub fn is_x12(body: &[u8]) -> bool {
    let start = body.trim_ascii_start();
    start.starts_with(b"ISA") || start.starts_with(b"ST*214")
}

/// The sender of the interchange (ISA06), if there is an envelope.
pub fn sender(body: &[u8]) -> Option<String> {
    segments(body).into_iter().find(|s| s[0] == "ISA").and_then(|s| s.get(6).cloned())
}

/// Every status message in the interchange.
pub fn status_messages(body: &[u8]) -> Vec<StatusMessage> {
    let mut messages: Vec<StatusMessage> = Vec::new();
    let mut is_status = false;
    for segment in segments(body) {
        let at = |i: usize| segment.get(i).cloned().unwrap_or_default();
        match segment[0].as_str() {
            "ST" => {
                is_status = at(1) == "214";
                if is_status {
                    messages.push(StatusMessage::default());
                }
            }
            "SE" => is_status = false,
            _ if !is_status => {}
            name => {
                let Some(message) = messages.last_mut() else { continue };
                match name {
                    "B10" => {
                        message.number = if at(1).is_empty() { at(2) } else { at(1) };
                        message.scac = at(3);
                    }
                    "L11" if !at(1).is_empty() => message.references.push((at(1), at(2))),
                    "AT7" => message.details.push(detail(&at)),
                    "MS1" => {
                        if let Some(detail) = message.details.last_mut() {
                            let some = |i: usize| Some(at(i)).filter(|t| !t.is_empty());
                            detail.place = place::of(some(1), some(2), None, some(3));
                        }
                    }
                    _ => {}
                }
            }
        }
    }
    messages
}

/// A status, or an appointment (elements 3 and 4) when there is no status.
fn detail(at: &dyn Fn(usize) -> String) -> StatusDetail {
    let (code, reason_code) = if at(1).is_empty() { (at(3), at(4)) } else { (at(1), at(2)) };
    StatusDetail { code, reason_code, day: at(5), time: at(6), time_code: at(7), place: Location::default() }
}

fn segments(body: &[u8]) -> Vec<Vec<String>> {
    let text = String::from_utf8_lossy(body);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let Some((element, terminator)) = marks(text) else { return Vec::new() };
    text.split(terminator)
        .map(str::trim)
        .filter(|s| !s.is_empty())
        .map(|s| s.split(element).map(|e| e.trim().to_string()).collect::<Vec<String>>())
        .filter(|s| !s[0].is_empty())
        .collect()
}

/// Element separator and segment terminator. In an envelope they stand after `ISA` and after its sixteenth element.
fn marks(text: &str) -> Option<(char, char)> {
    let usual = |element: char| {
        let terminator = ['~', '\'', '\n'].into_iter().find(|t| *t != element && text.contains(*t));
        terminator.map(|t| (element, t))
    };
    if let Some(rest) = text.strip_prefix("ISA") {
        let element = rest.chars().next()?;
        let (at, _) = text.match_indices(element).nth(15)?;
        let mut after = text[at..].chars().skip(2);
        return match after.next() {
            Some('\r') => Some((element, '\n')),
            Some(terminator) => Some((element, terminator)),
            None => usual(element),
        };
    }
    usual(text.strip_prefix("ST").or_else(|| text.strip_prefix("GS"))?.chars().next()?)
}

impl StatusDetail {
    /// The clock with the time code that stands beside it, else in the place's zone.
    pub fn moment(&self, rule: &ZoneRule) -> Option<Moment> {
        let told = zone_of(&self.time_code).map(|zone| ZoneRule { zone, basis: TimeBasis::Offset });
        let rule = told.unwrap_or_else(|| place::rule_at(rule, &self.place));
        clock::read_pair(Some(&self.day), Some(&self.time), DateOrder::MonthFirst, &rule)
    }

    /// What the status means, why, and what X12 calls it.
    pub fn meaning(&self) -> Option<(State, Option<Reason>, &'static str)> {
        let (_, state, name) = STATUSES.iter().find(|(code, _, _)| *code == self.code)?;
        Some((*state, self.reason(), name))
    }

    pub fn reason(&self) -> Option<Reason> {
        REASONS.iter().find(|(codes, _)| codes.split(' ').any(|c| c == self.reason_code)).map(|(_, why)| *why)
    }
}

/// Element 623. A zone that keeps summer time is told by its name alone; standard and daylight time are fixed.
fn zone_of(code: &str) -> Option<TimeZone> {
    let minutes = |east: i32| Offset::from_seconds(east * 60).ok().map(TimeZone::fixed);
    let fixed = |hours: i32| minutes(hours * 60);
    let named = |name: &str| TimeZone::get(name).ok();
    match code {
        "ET" => named("America/New_York"),
        "CT" => named("America/Chicago"),
        "MT" => named("America/Denver"),
        "PT" => named("America/Los_Angeles"),
        "TT" => named("America/Halifax"),
        "NT" => named("America/St_Johns"),
        "AT" => named("America/Anchorage"),
        "HT" => named("Pacific/Honolulu"),
        "UT" | "GM" => Some(TimeZone::UTC),
        "ED" | "TS" => fixed(-4),
        "ES" | "CD" => fixed(-5),
        "CS" | "MD" => fixed(-6),
        "MS" | "PD" => fixed(-7),
        "PS" | "AD" => fixed(-8),
        "AS" | "HD" => fixed(-9),
        "HS" => fixed(-10),
        "TD" => fixed(-3),
        "NS" => minutes(-210),
        "ND" => minutes(-150),
        _ => None,
    }
}

/// Data element 1650, shipment status codes, as far as they are about a parcel.
const STATUSES: &[(&str, State, &str)] = &[
    ("A3", ReturningToSender, "returned to shipper"),
    ("A7", DeliveryRefused, "refused by consignee"),
    ("A9", Damaged, "shipment damaged"),
    ("AA", CollectionScheduled, "pick-up appointment"),
    ("AB", DeliveryScheduled, "delivery appointment"),
    ("AF", CollectedByCarrier, "left the pick-up location"),
    ("AG", ForInformation, "estimated delivery"),
    ("AH", DeliveryAttempted, "attempted delivery"),
    ("AI", DeliveryAddressChanged, "reconsigned"),
    ("AJ", OutForDelivery, "tendered for delivery"),
    ("AM", InTransit, "loaded on truck"),
    ("AN", InTransit, "diverted to air carrier"),
    ("AP", DeliveryFailed, "delivery not completed"),
    ("AR", ArrivedAtHub, "rail arrival at destination"),
    ("AV", AtDeliveryDepot, "available for delivery"),
    ("B6", ForInformation, "estimated to arrive at terminal"),
    ("BA", CarrierChanged, "picked up by connecting line"),
    ("BC", InTransitWaiting, "storage in transit"),
    ("C1", ForInformation, "estimated to depart terminal"),
    ("CA", Cancelled, "shipment cancelled"),
    ("CD", Delivered, "left the delivery location"),
    ("CL", InTransit, "trailer closed out"),
    ("CP", CollectedByCarrier, "loaded at pick-up location"),
    ("D1", Delivered, "unloaded at delivery location"),
    ("I1", ArrivedAtHub, "in-gate"),
    ("J1", CarrierChanged, "delivered to connecting line"),
    ("K1", AtCustoms, "arrived at customs"),
    ("L1", CollectedByCarrier, "loading"),
    ("OA", DepartedHub, "out-gate"),
    ("OO", MissingManifest, "paperwork received, shipment not"),
    ("P1", DepartedHub, "left the terminal"),
    ("PR", HeldAtCustoms, "customs hold"),
    ("R1", CarrierChanged, "received from prior carrier"),
    ("RL", InTransit, "rail departure from origin"),
    ("S1", OutForDelivery, "trailer at consignee"),
    ("SD", Delayed, "shipment delayed"),
    ("X1", OutForDelivery, "arrived at delivery location"),
    ("X2", ForInformation, "estimated arrival at consignee"),
    ("X3", CollectionScheduled, "arrived at pick-up location"),
    ("X4", ArrivedAtHub, "arrived at terminal"),
    ("X5", OutForDelivery, "arrived at delivery dock"),
    ("X6", InTransit, "en route to delivery location"),
    ("X8", CollectionScheduled, "arrived at pick-up dock"),
    ("XB", Dispatched, "shipment acknowledged"),
];

/// Data element 1651, shipment status reasons; `NS`, the normal status, is none.
const REASONS: &[(&str, Reason)] = &[
    ("A2", Reason::AddressWrong),
    ("A5", Reason::AddressWrong),
    ("A6", Reason::AddressWrong),
    ("AA", Reason::Missorted),
    ("AD", Reason::RequestedByShopper),
    ("AE", Reason::ProhibitedContents),
    ("AF AI AL BE BR", Reason::Traffic),
    ("AK", Reason::Damaged),
    ("AN", Reason::PublicHoliday),
    ("AO", Reason::Weather),
    ("AQ AT", Reason::NobodyHome),
    ("AR AS BC", Reason::CustomsDocumentsMissing),
    ("AU", Reason::Security),
    ("AV BQ", Reason::Oversize),
    ("AJ BI BO", Reason::TransportDelay),
    ("B1", Reason::BusinessClosed),
    ("B4 C2 C8 C9", Reason::PaymentDue),
    ("B5 C3 C4", Reason::RequestedByShopper),
    ("BB AM", Reason::RequestedByRetailer),
    ("BD CA F1", Reason::CustomsInspection),
    ("BH AX AW", Reason::OutOfTime),
    ("BS", Reason::Refused),
    ("C5", Reason::Strike),
    ("D2 T1", Reason::CapacityShortage),
    ("S1", Reason::ContentsMissing),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn rule() -> ZoneRule {
        ZoneRule::of(None, "America/Toronto")
    }

    #[test]
    fn marks_are_those_of_the_interchange() {
        let isa = "ISA|00|          |00|          |02|CARR           |ZZ|SHIPPER        |260301|1200|U|00401|000000001|0|P|>";
        for (terminator, line_end) in [("~", "\n"), ("~", ""), ("\n", ""), ("\r\n", "")] {
            let text = [
                isa,
                "GS|QM|CARR|SHIPPER|20260301|1200|1|X|004010",
                "ST|214|0001",
                "B10|N1|R1|CARR",
                "AT7|X4|NS|||20260301|1015|PT",
                "MS1|TOWN|BC|CA",
                "SE|99|0001",
            ]
            .map(|s| format!("{s}{terminator}{line_end}"))
            .concat();
            let messages = status_messages(text.as_bytes());
            assert_eq!(messages.len(), 1, "{text}");
            let detail = &messages[0].details[0];
            assert_eq!(detail.moment(&rule()).unwrap().rfc3339(), "2026-03-01T10:15:00-08:00");
            assert_eq!((messages[0].number.as_str(), messages[0].scac.as_str()), ("N1", "CARR"));
            assert_eq!(sender(text.as_bytes()).as_deref(), Some("CARR"));
        }
    }

    #[test]
    fn a_set_without_an_envelope_or_without_an_end_is_read_as_far_as_it_goes() {
        let messages = status_messages(b"ST*214*1~B10**R1*CARR~AT7*AH*AQ***20260301*0915~MS1*TOWN*SK*CA");
        let detail = &messages[0].details[0];
        assert_eq!(messages[0].number, "R1");
        assert_eq!(detail.meaning().map(|m| (m.0, m.1)), Some((DeliveryAttempted, Some(Reason::NobodyHome))));
        assert_eq!(detail.moment(&rule()).unwrap().rfc3339(), "2026-03-01T09:15:00-06:00");
        assert!(status_messages(b"ISA*00").is_empty());
        assert!(status_messages(b"").is_empty());
    }
}
