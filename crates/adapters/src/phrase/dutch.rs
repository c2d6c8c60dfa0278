//! Dutch, as PostNL, bpost and DPD say it.

use whereabouts_domain::{Reason, State};

use super::{Phrase, says, says_why};

pub const DUTCH: &[Phrase] = {
    use Reason::*;
    use State::*;
    &[
        says("voorgemeld|aangemeld|nog niet+ontvangen|verwerkt|aangenomen|bij postnl", Dispatched),
        says("wordt verwacht|we verwachten|verwachten het pakket|gegevens ontvangen|elektronisch", Dispatched),
        says("definitief niet aangenomen", MissingManifest),
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
            "klaar om|ligt klaar|af te halen|op te halen|kan worden afgehaald|kan worden opgehaald|afgehaald worden|opgehaald worden|beschikbaar op|afhaallocatie|afhaalpunt|postnl punt|postpunt|pakketautomaat|servicepunt+beschikbaar|ligt|bezorgd|klaar|aangekomen",
            ReadyForCollection,
        ),
        says("beschikbaar op afhaallocatie|ligt klaar|klaar om afgehaald|klaar om opgehaald|kan worden afgehaald", ReadyForCollection),
        says("afgehaald bij|opgehaald bij+afzender|klant", CollectedByCarrier),
        says("afgehaald|opgehaald door|is opgehaald", CollectedByShopper),
        says_why("niet thuis|niemand thuis|niet aanwezig|afwezig|niet aangetroffen", DeliveryFailed, NobodyHome),
        says_why("adres+onvolledig", DeliveryFailed, AddressIncomplete),
        says_why("adres+onjuist|fout|onbekend|niet gevonden|verkeerd", DeliveryFailed, AddressWrong),
        says_why("gesloten", DeliveryFailed, BusinessClosed),
        says(
            "niet bezorgd|niet geleverd|niet afgeleverd|niet gelukt|konden+niet|kon niet|mislukt|niet worden bezorgd|bezorgpoging",
            DeliveryFailed,
        ),
        says("nieuw bezorgmoment|bezorgmoment gewijzigd|opnieuw aan|andere dag", DeliveryRescheduled),
        says("omgeleid|doorgestuurd|gewijzigd adres|ander adres", DeliveryAddressChanged),
        says("bezorger|chauffeur|koerier|postbode+onderweg|vertrokken|begonnen|rit", OutForDelivery),
        says("wordt vandaag|in distributieproces|in distributie|in bezorging|onderweg naar+ontvanger|u toe", OutForDelivery),
        says("wordt bezorgd|zal worden bezorgd|gaan+bezorgen|verwachte bezorging|bezorgmoment", DeliveryScheduled),
        says("bezorgd|afgeleverd|geleverd+buren|buur", DeliveredToNeighbour),
        says("brievenbus", DeliveredToLetterbox),
        says("bezorgd|afgeleverd|geleverd+receptie", DeliveredToReception),
        says("veilige plek|veilige plaats|bezorgd|geleverd+afgesproken plek", DeliveredToSafeLocation),
        says("bezorgd|afgeleverd|geleverd|uitgereikt", Delivered),
        says("verkeerd gesorteerd", Misrouted),
        says("niet gesorteerd|vertraagd|vertraging|later", Delayed),
        says("in ontvangst|aangenomen|ontvangen door|gecollecteerd|opgehaald", CollectedByCarrier),
        says("afgegeven|ingeleverd", DroppedOff),
        says("aangekomen in+land|nederland|belgië", ArrivedAtDestinationCountry),
        says("gesorteerd|sorteercentrum|aangekomen|depot|ontvangen", ArrivedAtHub),
        says("vertrokken|verlaten", DepartedHub),
        says("onderweg|verwerkt|in transit|voorraad", InTransit),
    ]
};
