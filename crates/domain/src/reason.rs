//! Why something went other than planned. Kept apart from the state: "delivery failed" is a state, "nobody home" its reason.

macro_rules! reasons {
    ($($name:ident = $id:literal, $label:literal;)*) => {
        /// The reason vocabulary.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Reason { $($name),* }
        impl Reason {
            pub const ALL: &[Reason] = &[$(Reason::$name),*];
            pub fn id(self) -> &'static str { match self { $(Reason::$name => $id),* } }
            /// Words for a person, lower case, to stand after a colon or a dash.
            pub fn label(self) -> &'static str { match self { $(Reason::$name => $label),* } }
            pub fn parse(id: &str) -> Option<Reason> { match id { $($id => Some(Reason::$name),)* _ => None } }
        }
    };
}

reasons! {
    NobodyHome = "nobody_home", "nobody was home";
    BusinessClosed = "business_closed", "the business was closed";
    NoAccess = "no_access", "the driver could not reach the door";
    AddressIncomplete = "address_incomplete", "the address is incomplete";
    AddressWrong = "address_wrong", "the address is wrong";
    RecipientUnknown = "recipient_unknown", "the recipient is not known at the address";
    RecipientMoved = "recipient_moved", "the recipient has moved";
    Refused = "refused", "the parcel was refused";
    IdentityNotProven = "identity_not_proven", "identity or age could not be checked";
    PaymentDue = "payment_due", "a payment is due";
    RequestedByShopper = "requested_by_shopper", "as asked for by the recipient";
    RequestedByRetailer = "requested_by_retailer", "as asked for by the sender";
    NotCollected = "not_collected", "it was not collected in time";
    CustomsInspection = "customs_inspection", "customs are inspecting it";
    CustomsDocumentsMissing = "customs_documents_missing", "customs papers are missing or wrong";
    CustomsRefused = "customs_refused", "customs refused it";
    DutyDue = "duty_due", "duty or tax is due";
    Damaged = "damaged", "the parcel is damaged";
    ContentsMissing = "contents_missing", "part of the contents is missing";
    Lost = "lost", "the carrier cannot find it";
    Stolen = "stolen", "it was stolen";
    Missorted = "missorted", "it was sorted to the wrong place";
    LabelUnreadable = "label_unreadable", "the label cannot be read";
    Oversize = "oversize", "it is too large or too heavy for the service";
    ProhibitedContents = "prohibited_contents", "the contents may not be sent this way";
    Weather = "weather", "bad weather";
    NaturalDisaster = "natural_disaster", "a natural disaster";
    Strike = "strike", "industrial action";
    Traffic = "traffic", "traffic or vehicle trouble";
    TransportDelay = "transport_delay", "a delay in transport";
    CapacityShortage = "capacity_shortage", "too many parcels at once";
    TechnicalFault = "technical_fault", "a technical fault at the carrier";
    PublicHoliday = "public_holiday", "a public holiday";
    Security = "security", "a security check";
    PickupPointFull = "pickup_point_full", "the pick-up point was full or closed";
    OutOfTime = "out_of_time", "the driver ran out of time";
    NotReadyForCollection = "not_ready_for_collection", "it was not ready when the carrier came";
    OutsideServiceArea = "outside_service_area", "the place is outside the service's area";
    Other = "other", "another reason";
}

impl serde::Serialize for Reason {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.id())
    }
}

impl<'de> serde::Deserialize<'de> for Reason {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let id = std::borrow::Cow::<str>::deserialize(d)?;
        Reason::parse(&id).ok_or_else(|| serde::de::Error::custom(format!("`{id}` is not a reason")))
    }
}
