//! Dutch, as PostNL, bpost and DPD say it.

use whereabouts_domain::{Reason, State};

use super::{Phrase, says, says_why};

pub const DUTCH: &[Phrase] = {
    use Reason::*;
    use State::*;
    &[
        says("definitief niet aangenomen", MissingManifest),
        says("voorgemeld|aangemeld|nog niet*ontvangen|nog niet*verwerkt|nog niet*aangenomen|nog niet*bij postnl", Dispatched),
        says("zending verwacht|wordt verwacht|we verwachten|verwachten het pakket|gegevens ontvangen|elektronisch", Dispatched),
        says("wordt teruggestuurd|gaat retour|gaat terug|wordt geretourneerd|wordt teruggezonden", WillBeReturnedToSender),
        says("bezorgd|afgeleverd|terugbezorgd+afzender", ReturnedToSender),
        says("retour|terug naar+afzender|geretourneerd|teruggestuurd|teruggezonden", ReturningToSender),
        says("retour afzender|terug naar afzender|geretourneerd|teruggestuurd|onderweg terug", ReturningToSender),
        says_why("geweigerd", DeliveryRefused, Refused),
        says_why("beschadigd|beschadiging", State::Damaged, Reason::Damaged),
        says_why("definitief manco|verloren|zoekgeraakt|vermist", State::Lost, Reason::Lost),
        says_why("manco", Missing, Reason::Lost),
        says("douane|inklaring+vrijgegeven|afgerond|afgehandeld|voltooid|ingeklaard", ClearedThroughCustoms),
        says_why("invoerkosten|invoerrechten|inklaringskosten|btw", CustomsChargesDue, DutyDue),
        says_why("douane+vastgehouden|aangehouden", HeldAtCustoms, CustomsInspection),
        says("douane|inklaring", AtCustoms),
        says_why("niet afgehaald|niet opgehaald", FailedToCollect, NotCollected),
        says("herinnering", CollectionReminder),
        says(
            "klaar om|ligt klaar|af te halen|op te halen|kan worden afgehaald|kan worden opgehaald|afgehaald worden|opgehaald worden|beschikbaar op|afhaallocatie|afhaalpunt|postnl punt|postpunt|pakketautomaat|servicepunt+beschikbaar|ligt|bezorgd|afgeleverd|geleverd|klaar|aangekomen",
            ReadyForCollection,
        ),
        says("beschikbaar op afhaallocatie|ligt klaar|klaar om afgehaald|klaar om opgehaald|kan worden afgehaald", ReadyForCollection),
        says("afgehaald bij|opgehaald bij+afzender|klant", CollectedByCarrier),
        says("afgehaald|opgehaald door+bpost|postnl|koerier|chauffeur|bezorger|vervoerder", CollectedByCarrier),
        says("wordt*afgehaald|worden*afgehaald|wordt*opgehaald|worden opgehaald|zal.*afgehaald|zal.*opgehaald", CollectionScheduled),
        says("afgehaald|opgehaald door|is opgehaald", CollectedByShopper),
        says_why("niet thuis|niemand thuis|niet aanwezig|afwezig|niet aangetroffen", DeliveryFailed, NobodyHome),
        says_why("adres+onvolledig", DeliveryFailed, AddressIncomplete),
        says_why("adres+onjuist|fout|onbekend|niet gevonden|verkeerd", DeliveryFailed, AddressWrong),
        says_why("gesloten", DeliveryFailed, BusinessClosed),
        says(
            "niet bezorgd|niet geleverd|niet afgeleverd|niet gelukt|konden*niet|kon niet|mislukt|niet worden|bezorgpoging",
            DeliveryFailed,
        ),
        says("nieuw bezorgmoment|bezorgmoment gewijzigd|opnieuw aan|andere dag", DeliveryRescheduled),
        says("omgeleid|doorgestuurd|gewijzigd adres|ander adres", DeliveryAddressChanged),
        says("bezorger|chauffeur|koerier|postbode+onderweg|vertrokken|begonnen|rit", OutForDelivery),
        says("wordt vandaag|in distributieproces|in distributie|in bezorging|onderweg naar*ontvanger|onderweg naar u", OutForDelivery),
        says(
            "wordt*bezorgd|worden bezorgd|wordt*geleverd|worden geleverd|gaan*bezorgen|verwachte bezorging|bezorgmoment",
            DeliveryScheduled,
        ),
        says("gedeeltelijk|deels+bezorgd|geleverd|afgeleverd", PartiallyDelivered),
        // A hope or a plan is no delivery.
        says("niet+bezorgd|geleverd|afgeleverd", DeliveryFailed),
        says("zal|zullen|kan.|kunnen|moet|wanneer|zodra|als.|zou.+bezorgd|geleverd|afgeleverd", Unknown),
        says("bezorgd|afgeleverd|geleverd+vervoerder|transporteur", CarrierChanged),
        says("bezorgd|afgeleverd|geleverd+depot|sorteercentrum", ArrivedAtHub),
        says("bezorgd|afgeleverd|geleverd+buren|buur", DeliveredToNeighbour),
        says("brievenbus", DeliveredToLetterbox),
        says("bezorgd|afgeleverd|geleverd+receptie", DeliveredToReception),
        says("veilige plek|veilige plaats|afgesproken plek", DeliveredToSafeLocation),
        says("bezorgd|afgeleverd|geleverd|uitgereikt", Delivered),
        says("verkeerd gesorteerd", Misrouted),
        says("niet gesorteerd|vertraagd|vertraging|later dan|komt later|later bezorgd", Delayed),
        says("in ontvangst|aangenomen|ontvangen door|gecollecteerd|opgehaald", CollectedByCarrier),
        says("afgegeven|ingeleverd", DroppedOff),
        says("aangekomen in+land|nederland|belgië", ArrivedAtDestinationCountry),
        says("gesorteerd|sorteercentrum|aangekomen|depot|ontvangen", ArrivedAtHub),
        says("vertrokken|verlaten", DepartedHub),
        says("onderweg|verwerkt|in transit|voorraad", InTransit),
    ]
};

#[cfg(test)]
mod tests {
    #[test]
    fn dutch_sentences_are_understood_as_a_shopper_would() {
        let table = [
            ("Zending is aangemeld", "dispatched"),
            ("Pakket is nog niet door PostNL ontvangen of verwerkt", "dispatched"),
            ("Voorgemeld: nog niet aangenomen", "dispatched"),
            ("Zending is ontvangen door PostNL", "collected_by_carrier"),
            ("Zending is gesorteerd", "arrived_at_hub"),
            ("Bezorger is onderweg", "out_for_delivery"),
            ("Het pakket wordt vandaag bezorgd", "out_for_delivery"),
            ("Het pakket wordt morgen bezorgd", "delivery_scheduled"),
            ("Geadresseerde niet thuis", "delivery_failed nobody_home"),
            ("Het pakket kon niet worden bezorgd", "delivery_failed"),
            ("Het pakket ligt klaar op een PostNL-punt", "ready_for_collection"),
            ("Pakket is bezorgd bij een PostNL-punt", "ready_for_collection"),
            ("Zending is afgeleverd bij een PostNL-punt", "ready_for_collection"),
            ("Zending verwacht, maar nog niet in het sorteerproces", "dispatched"),
            ("Afgeleverd bij afhaalpunt", "ready_for_collection"),
            ("Het pakket is afgehaald", "collected_by_shopper"),
            ("Wordt morgen afgehaald", "collection_scheduled"),
            ("Afgehaald door PostNL", "collected_by_carrier"),
            ("Pakket geleverd aan depot", "arrived_at_hub"),
            ("Niet afgehaald", "failed_to_collect not_collected"),
            ("Pakket is bezorgd", "delivered"),
            ("We laten het weten zodra het pakket is bezorgd", "-"),
            ("Pakket is niet bezorgd", "delivery_failed"),
            ("Pakket is bezorgd bij de buren", "delivered_to_neighbour"),
            ("Pakket is in de brievenbus bezorgd", "delivered_to_letterbox"),
            ("Geweigerd door de ontvanger", "delivery_refused refused"),
            ("Zending gaat retour afzender", "will_be_returned_to_sender"),
            ("Zending is terug naar afzender", "returning_to_sender"),
            ("Zending bij douane", "at_customs"),
            ("Zending is vertraagd", "delayed"),
        ];
        crate::phrase::hold_to(super::DUTCH, &table);
    }
}
