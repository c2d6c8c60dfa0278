//! German, as DHL Paket and GLS say it. A word that is also met inside a compound has a `~` before it.

use whereabouts_domain::{Reason, State};

use super::{Phrase, says, says_why};

pub const GERMAN: &[Phrase] = {
    use Reason::*;
    use State::*;
    &[
        says_why("~beschädigung+verzöger", Delayed, Reason::Damaged),
        says("~beschädig", State::Damaged),
        says("vsl|voraussichtlich|nächsten werktag+abhol", InTransit),
        says("kann+abgeholt werden", ReadyForCollection),
        says_why("nicht abgeholt|abholfrist|nicht innerhalb der", FailedToCollect, NotCollected),
        says_why("annahme+verweigert|abgelehnt", DeliveryRefused, Refused),
        says("~absender zugestellt|absender zurückgegeben|absender ausgeliefert", ReturnedToSender),
        says("an den absender|zum absender|rücksendung|retoure|zurückgesandt|zurückgesendet|zurückgeschickt", ReturningToSender),
        says_why("benachrichtigungskarte", DeliveryFailedCardLeft, NobodyHome),
        says_why("ziel paketzentrum|depot+nicht zugestellt werden+nicht angetroffen", AtDeliveryDepot, NobodyHome),
        says_why("nicht angetroffen|niemand angetroffen", DeliveryFailed, NobodyHome),
        says_why("~adress|~anschrift+unvollständig", DeliveryFailed, AddressIncomplete),
        says_why("~adress|~anschrift+falsch|fehlerhaft|nicht gefunden|nicht ermittelt|nicht korrekt", DeliveryFailed, AddressWrong),
        says_why("empfänger+unbekannt|nicht ermittelt", DeliveryFailed, RecipientUnknown),
        says_why("verzogen", DeliveryFailed, RecipientMoved),
        says_why("~geschlossen", DeliveryFailed, BusinessClosed),
        says(
            "nicht zugestellt werden|zustellung nicht möglich|nicht zustellbar|nicht erfolgreich|erfolgloser zustell+benachrichtigt",
            DeliveryFailedCardLeft,
        ),
        says(
            "nicht zugestellt werden|zustellung nicht möglich|nicht zustellbar|nicht erfolgreich zugestellt|zustellung nicht erfolgreich|~zustellversuch|erfolgloser zustell|nicht ausgeliefert",
            DeliveryFailed,
        ),
        says(
            "zur abholung bereit|abholbereit|bereit zur abholung|kann abgeholt werden|im gls paketshop eingetroffen|im paketshop eingetroffen|liegt+filiale|packstation|paketshop+abhol",
            ReadyForCollection,
        ),
        says("paketshop|packstation|~filiale|paketbox+zugestellt|eingelegt|hinterlegt", ReadyForCollection),
        says("abgeholt|ausgehändigt|entnommen+empfänger|packstation|~filiale|paketshop", CollectedByShopper),
        says("im paketshop abgeholt|paketshop+ausgegeben", CollectedByShopper),
        says(
            "noch nicht an gls übergeben|noch nicht übergeben|elektronisch|auftragsdaten|paketdaten|sendungsdaten|angekündigt",
            Dispatched,
        ),
        says("verloren|in verlust|verlust.", State::Lost),
        says("entsorgt|vernichtet", Destroyed),
        says("storniert", Cancelled),
        says("zustellfahrzeug|in zustellung|in der zustellung|im laufe des tages zugestellt|wird heute zugestellt", OutForDelivery),
        says("zoll+abgeschlossen|freigegeben|verzollt|beendet", ClearedThroughCustoms),
        says_why("zoll+angehalten|zurückgehalten|verzöger", HeldAtCustoms, CustomsInspection),
        says("zollabfertigung|verzollung|beim zoll|zollamt", AtCustoms),
        says_why("fehlgeleitet|fehlsortiert|falsch sortiert", Misrouted, Missorted),
        says("verzöger|verspät", Delayed),
        says("neue adresse|neue anschrift|andere adresse|nachgesandt|nachgesendet|umgeleitet|umverfügt", DeliveryAddressChanged),
        says("zustelltermin|neuer termin|wunschtag|terminvereinbarung", DeliveryScheduled),
        says("zustellbasis|zustelldepot|zustellstützpunkt", AtDeliveryDepot),
        says("zielland|zielland zielgebiet+eingetroffen|angekommen", ArrivedAtDestinationCountry),
        says("land verlassen|aus deutschland exportiert|ins zielland", DepartedOriginCountry),
        says("eingeliefert|in der filiale aufgegeben", DroppedOff),
        says(
            "beim absender abgeholt|vom absender abgeholt|abholung erfolgreich|wurde abgeholt|an gls übergeben|an das gls system übergeben|dhl übergeben|an dhl übergeben",
            CollectedByCarrier,
        ),
        says("standort verlassen|~paketzentrum verlassen|~depot verlassen", DepartedHub),
        says(
            "start paketzentrum|ziel paketzentrum|~paketzentrum bearbeitet|im paketzentrum eingetroffen|standort eingetroffen|depot eingetroffen",
            ArrivedAtHub,
        ),
        says("~filiale|packstation|paketshop+gebracht|weitergeleitet", InTransit),
        says("von dhl bearbeitet|weitertransport|weiterleitung|unterwegs|auf dem weg|sortiert", InTransit),
        // A hope or a plan is no delivery.
        says(
            "wird|werden|soll.|kann|konnte|falls|wenn|nicht|gewählt|möchte|sobald|geplant|voraussichtlich+zugestellt|abgegeben|übergeben|eingelegt|eingeworfen|abgelegt|abgestellt",
            Unknown,
        ),
        says("teilweise zugestellt|teilzustellung", PartiallyDelivered),
        says("zugestellt an das depot|zugestellt an depot|zugestellt ans depot|zustelldepot zugestellt", AtDeliveryDepot),
        says("zugestellt+~paketzentrum|~verteilzentrum|~briefzentrum|~umschlag", ArrivedAtHub),
        says("~nachbar+zugestellt|abgegeben|übergeben", DeliveredToNeighbour),
        says("~briefkasten+zugestellt|eingelegt|eingeworfen", DeliveredToLetterbox),
        says("ablageort|wunschort|abstellort|abstellgenehmigung|~garage+zugestellt|abgelegt|abgestellt", DeliveredToSafeLocation),
        says(
            "erfolgreich zugestellt|beim empfänger zugestellt|wurde zugestellt|zustellung erfolgreich|zugestellt an|ist zugestellt|=zugestellt|^sendung zugestellt.|^paket zugestellt.|^zugestellt am|=zustellung erfolgt|zustellung ist erfolgt",
            Delivered,
        ),
    ]
};
