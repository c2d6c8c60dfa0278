//! ASC X12 data elements 1650 (status), 1651 (reason), 1652 (appointment) and 623 (time code), as published for the
//! releases 3060 to 8010; later lists only add.

use whereabouts_domain::{Reason, State};

use crate::carrier::{Code, code, why};

/// Element 1650, and element 1652 behind it: the two lists share no code, and a segment holds one or the other.
pub const STATUS: &[Code] = {
    use State::*;
    &[
        // To the sender's door, and from it.
        code("XB", Dispatched),
        code("X3", CollectionScheduled),
        code("X8", CollectionScheduled),
        code("L1", CollectionScheduled),
        code("CP", CollectedByCarrier),
        code("AF", CollectedByCarrier),
        why("OO", ShipmentIssue, Reason::NotReadyForCollection),
        code("NB", MissingManifest),
        // On the way.
        code("AM", InTransit),
        code("AN", InTransit),
        code("X6", InTransit),
        code("BR", InTransit),
        code("RH", InTransit),
        code("CL", DepartedHub),
        code("P1", DepartedHub),
        code("OA", DepartedHub),
        code("RL", DepartedHub),
        code("X4", ArrivedAtHub),
        code("I1", ArrivedAtHub),
        code("AR", ArrivedAtHub),
        code("Y1", ArrivedAtHub),
        code("BA", CarrierChanged),
        code("J1", CarrierChanged),
        code("R1", CarrierChanged),
        code("BC", InTransitWaiting),
        code("K1", AtCustoms),
        why("PR", HeldAtCustoms, Reason::CustomsInspection),
        code("SD", Delayed),
        why("BO", Delayed, Reason::Traffic),
        code("AI", DeliveryAddressChanged),
        // At the receiver's end.
        code("AV", AtDeliveryDepot),
        code("AU", ReadyForCollection),
        code("AW", ReadyForCollection),
        code("AJ", OutForDelivery),
        code("X1", OutForDelivery),
        code("X5", OutForDelivery),
        code("S1", OutForDelivery),
        code("AH", DeliveryAttempted),
        code("AP", DeliveryFailed),
        why("A7", DeliveryRefused, Reason::Refused),
        why("A9", Damaged, Reason::Damaged),
        code("A3", ReturnedToSender),
        code("D1", Delivered),
        code("CA", Cancelled),
        // What is expected, and what is no news of the parcel.
        code("AG", ForInformation),
        code("B6", ForInformation),
        code("C1", ForInformation),
        code("X2", ForInformation),
        code("CB", ForInformation),
        code("CD", ForInformation),
        code("DE", ForInformation),
        code("DO", ForInformation),
        code("OP", ForInformation),
        code("PA", ForInformation),
        code("UC", ForInformation),
        // Appointments.
        code("AA", CollectionScheduled),
        code("EP", CollectionScheduled),
        code("LP", CollectionScheduled),
        code("XA", CollectionScheduled),
        code("AB", DeliveryScheduled),
        code("AC", DeliveryScheduled),
        code("ED", DeliveryScheduled),
        code("LD", DeliveryScheduled),
        code("X9", DeliveryScheduled),
    ]
};

/// Their date is not when something happened but when it is expected: the delivery …
pub const EXPECTED_DELIVERY: &[&str] = &["AG", "X2", "AB", "AC", "ED", "LD", "X9"];
/// … or something before it.
pub const EXPECTED_BEFORE: &[&str] = &["B6", "C1", "AA", "EP", "LP", "XA", "DE"];

/// Element 1651. `NS` and `NA` say that all is as it should be.
pub fn reason(code: &str) -> Option<Reason> {
    use Reason::*;
    Some(match code {
        "A2" | "A5" | "A6" => AddressWrong,
        "A1" | "AQ" | "C4" => NobodyHome,
        "AA" => Missorted,
        "AD" | "BJ" | "C3" => RequestedByShopper,
        "AE" => ProhibitedContents,
        "AF" | "AI" | "BE" | "D2" | "T1" | "T2" | "T3" | "T4" | "T5" | "T6" => Traffic,
        "AJ" | "BM" | "BO" | "BR" | "AL" | "AH" | "BI" | "BP" | "P1" | "D1" | "F2" => TransportDelay,
        "AK" => Damaged,
        "AN" => PublicHoliday,
        "AO" => Weather,
        "AR" | "AS" | "AT" | "BC" | "BN" => CustomsDocumentsMissing,
        "AU" | "C5" => Strike,
        "AV" | "BQ" => Oversize,
        "AW" | "AX" | "BH" | "T7" => OutOfTime,
        "AY" | "P3" => NotReadyForCollection,
        "AG" | "B5" | "C1" | "BG" | "HB" | "BK" | "B2" => Other,
        "AM" | "BB" | "C6" | "C7" | "CB" | "CC" | "RC" => RequestedByRetailer,
        "AP" | "BD" | "CA" | "F1" | "P2" => CustomsInspection,
        "B1" => BusinessClosed,
        "B4" | "C2" | "C8" | "C9" => PaymentDue,
        "B8" => NoAccess,
        "B9" => BusinessClosed,
        "BF" => TechnicalFault,
        "BL" | "P4" => CapacityShortage,
        "BS" => Refused,
        "BT" => RequestedByRetailer,
        "S1" => ContentsMissing,
        _ => return None,
    })
}

/// What the reason makes of a status that says only that something is late, was tried or did not work, or that it ended well.
pub fn refined(status: State, reason: &str) -> State {
    use State::*;
    match (status, reason) {
        (Delivered, "A3") => DeliveredToNeighbour,
        (Delivered, "S1") => PartiallyDelivered,
        (Delivered, "BT") => ReturnedToSender,
        (Delayed | DeliveryAttempted | DeliveryFailed, _) => match reason {
            "BS" => DeliveryRefused,
            "BT" => WillBeReturnedToSender,
            "C1" => ReadyForCollection,
            "AD" | "C3" | "C4" => DeliveryRescheduled,
            "AA" => Misrouted,
            "AS" | "AR" | "AT" | "BD" | "CA" | "P2" => HeldAtCustoms,
            "B4" | "B5" | "BB" | "C2" | "HB" => HeldByCarrier,
            "RC" => DeliveryAddressChanged,
            _ => status,
        },
        _ => status,
    }
}

/// Element 623 as an offset or the name of a zone; `LT` is the place's own clock, and so is no code at all.
pub fn zone(code: &str) -> Option<&'static str> {
    Some(match code {
        "UT" | "GM" => "Z",
        "ET" => "America/New_York",
        "CT" => "America/Chicago",
        "MT" => "America/Denver",
        "PT" => "America/Los_Angeles",
        "AT" => "America/Anchorage",
        "HT" => "Pacific/Honolulu",
        "NT" => "America/St_Johns",
        "TT" => "America/Halifax",
        "NS" => "-03:30",
        "ND" => "-02:30",
        "TD" | "22" => "-03:00",
        "ED" | "TS" | "21" => "-04:00",
        "ES" | "CD" | "20" => "-05:00",
        "CS" | "MD" | "19" => "-06:00",
        "MS" | "PD" | "18" => "-07:00",
        "PS" | "AD" | "17" => "-08:00",
        "AS" | "HD" | "16" => "-09:00",
        "HS" | "15" => "-10:00",
        "14" => "-11:00",
        "13" => "-12:00",
        "23" => "-02:00",
        "24" => "-01:00",
        "01" => "+01:00",
        "02" => "+02:00",
        "03" => "+03:00",
        "04" => "+04:00",
        "05" => "+05:00",
        "06" => "+06:00",
        "07" => "+07:00",
        "08" => "+08:00",
        "09" => "+09:00",
        "10" => "+10:00",
        "11" => "+11:00",
        "12" => "+12:00",
        _ => return None,
    })
}

/// Carriers by their Standard Carrier Alpha Code, as far as we have an adapter for them.
pub fn carrier_of(scac: &str) -> Option<&'static str> {
    Some(match scac {
        "UPSN" | "UPSS" | "UPSC" | "UPSZ" | "UPGF" => "ups",
        "FDE" | "FDEN" | "FDEG" | "FDXG" | "FDX" | "FXFE" | "FXNL" | "FXFW" | "FDCC" | "FXSP" => "fedex",
        "USPS" => "usps",
        "DHLC" | "DHLE" => "dhl_express",
        "PRLA" | "PURO" => "purolator",
        "CPPC" => "canadapost",
        _ => return None,
    })
}
