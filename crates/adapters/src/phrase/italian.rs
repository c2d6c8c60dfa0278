//! Italian, as Poste Italiane, BRT, GLS and SDA say it.

use whereabouts_domain::{Reason, State};

use super::{Phrase, says, says_why};

pub const ITALIAN: &[Phrase] = {
    use Reason::*;
    use State::*;
    &[
        // The way back.
        says("sarà restituit|verrà restituit|da restituire|sarà reso", WillBeReturnedToSender),
        says("restituit|consegnat|resa|reso.+al mittente", ReturnedToSender),
        says("rientro al mittente|in restituzione|ritorno al mittente|in reso|in rientro", ReturningToSender),
        // Refused, damaged, lost.
        says_why("rifiutat|rifiuto|respint", DeliveryRefused, Refused),
        says_why("danneggiat|avariat", State::Damaged, Reason::Damaged),
        says_why("smarrit|smarrimento|perdut", State::Lost, Reason::Lost),
        says_why("rubat|furto", State::Lost, Stolen),
        says("distrutt", Destroyed),
        says("annullat", Cancelled),
        // Customs.
        says("dogana|doganal|sdoganamento+sdoganat|completat|conclus|rilasciat|svincolat|terminat", ClearedThroughCustoms),
        says("sdoganat", ClearedThroughCustoms),
        says_why("dogana|doganal|importazione+dazi|oneri|pagamento|tasse", CustomsChargesDue, DutyDue),
        says_why("dogana|doganal|sdoganamento+documenti|documentazione|fattura", HeldAtCustoms, CustomsDocumentsMissing),
        says_why("dogana|doganal|sdoganamento+trattenut|ferm|bloccat|ispezione|controllo", HeldAtCustoms, CustomsInspection),
        says("dogana|doganal|sdoganamento", AtCustoms),
        // Waiting at a point of collection.
        says_why("non ritirat|mancato ritiro|compiuta giacenza", FailedToCollect, NotCollected),
        says("ritirat+dal destinatario|dal cliente|presso il punto|in ufficio postale", CollectedByShopper),
        says(
            "disponibile per il ritiro|disponibile al ritiro|disponibile presso|pronto per il ritiro|pronta per il ritiro|può essere ritirat|puoi ritirare|in attesa di ritiro da parte del destinatario|in attesa di essere ritirat",
            ReadyForCollection,
        ),
        says(
            "consegnat|arrivat|deposit+punto di ritiro|punto poste|ufficio postale|fermopoint|locker|punto pickup|gls shop|tabacch",
            ReadyForCollection,
        ),
        says("giacenza", HeldByCarrier),
        // Tried and failed.
        says_why("assente|assenza|nessuno in casa", DeliveryFailed, NobodyHome),
        says_why("indirizzo+incomplet|insufficiente", DeliveryFailed, AddressIncomplete),
        says_why("indirizzo+errat|inesistente|sbagliat|non trovat|sconosciut", DeliveryFailed, AddressWrong),
        says_why("destinatario+sconosciut|irreperibile", DeliveryFailed, RecipientUnknown),
        says_why("trasferit+destinatario", DeliveryFailed, RecipientMoved),
        says_why("chius.|chiuso|chiusa|chiusura", DeliveryFailed, BusinessClosed),
        says("avviso lasciato|lasciato avviso|lasciato un avviso", DeliveryFailedCardLeft),
        says("non ancora consegnat|non è ancora stat+consegnat", InTransit),
        says(
            "non consegnat|non è stat|non è stato possibile|non sono stat|mancata consegna|tentata consegna|tentativo di consegna|consegna fallita|consegna non riuscita|consegna non effettuata|impossibile consegnare|impossibile effettuare|non siamo riusciti",
            DeliveryFailed,
        ),
        // Another day, another place.
        says("riprogrammat|nuova data|nuovo tentativo|riconsegna", DeliveryRescheduled),
        says("reindirizzat|cambio indirizzo|cambio di indirizzo|rispedit|inoltrat*nuovo indirizzo", DeliveryAddressChanged),
        says_why("disguido|instradamento errato|errato smistamento", Misrouted, Missorted),
        says("ritardo|ritardat", Delayed),
        // On the last stretch, in words that hold a delivery.
        says("in consegna|in fase di consegna|in distribuzione|affidat*per la consegna|consegna in corso", OutForDelivery),
        says(
            "consegna prevista|consegna programmata|consegna concordata|appuntamento|consegna stimata|data di consegna",
            DeliveryScheduled,
        ),
        says("sarà consegnat|saranno consegnat|verrà consegnat|verranno consegnat", DeliveryScheduled),
        // A hope or a plan is no delivery, nor is a part, nor who carries on.
        says("consegna parziale|parzialmente|consegnat*in parte", PartiallyDelivered),
        says(
            "quando*consegnat|se.*consegnat|essere*consegnat|potrebbe*consegnat|non.*consegnat|in attesa*consegnat|appena*consegnat|una volta*consegnat|prima*consegnat|finché*consegnat|conferma*consegnat",
            Unknown,
        ),
        says("consegnat+filiale|sede.|hub|magazzino|deposito|centro", ArrivedAtHub),
        says("consegnat+corriere|vettore|partner|spedizioniere|agente.", CarrierChanged),
        // Delivered, from the particular to the general.
        says("consegnat|lasciat+vicino di casa|al vicino|a un vicino|vicini", DeliveredToNeighbour),
        says("consegnat|lasciat|deposit+cassetta", DeliveredToLetterbox),
        says("consegnat|lasciat+portineria|portiere|reception|custode", DeliveredToReception),
        says("consegnat|lasciat+luogo sicuro|posto sicuro", DeliveredToSafeLocation),
        says("consegnato|consegnata|consegnati|consegnate|consegna effettuata|consegna avvenuta|consegna completata|recapitat", Delivered),
        // Between the places.
        says(
            "informazioni ricevute|dati ricevuti|etichetta|pre registrat|preavviso|in attesa di essere affidat|in preparazione",
            Dispatched,
        ),
        says("presa in carico|preso in carico|ritirat|accettat|ritiro effettuato", CollectedByCarrier),
        says("arrivat+paese di destinazione", ArrivedAtDestinationCountry),
        says("partit|lasciat+paese di origine|paese d origine|paese dorigine", DepartedOriginCountry),
        says("filiale di destinazione|sede di destinazione|filiale di consegna|centro di consegna|sede destinataria", AtDeliveryDepot),
        says("arrivat|smistamento|smistat|centro operativo|in filiale", ArrivedAtHub),
        says("partit|uscit", DepartedHub),
        says("in transito|in viaggio|in lavorazione|spedit", InTransit),
    ]
};

#[cfg(test)]
mod tests {
    #[test]
    fn italian_sentences_are_understood_as_a_shopper_would() {
        let table = [
            ("Dati ricevuti dal mittente", "dispatched"),
            ("La spedizione è stata presa in carico", "collected_by_carrier"),
            ("In transito", "in_transit"),
            ("Arrivata in filiale", "arrived_at_hub"),
            ("Partita dalla sede mittente", "departed_hub"),
            ("Arrivata alla filiale di destinazione", "at_delivery_depot"),
            ("In consegna", "out_for_delivery"),
            ("Sarà consegnato domani", "delivery_scheduled"),
            ("Destinatario assente", "delivery_failed nobody_home"),
            ("Indirizzo incompleto", "delivery_failed address_incomplete"),
            ("Rifiutata dal destinatario", "delivery_refused refused"),
            ("Disponibile per il ritiro in ufficio postale", "ready_for_collection"),
            ("Ritirato dal destinatario", "collected_by_shopper"),
            ("In giacenza", "held_by_carrier"),
            ("Non consegnato", "delivery_failed"),
            ("Consegnata", "delivered"),
            ("Il pacco è stato consegnato", "delivered"),
            ("Consegnato al vicino di casa", "delivered_to_neighbour"),
            ("Lasciato nella cassetta postale", "delivered_to_letterbox"),
            ("Quando sarà consegnato ti avviseremo", "delivery_scheduled"),
            ("In dogana", "at_customs"),
            ("Trattenuto in dogana", "held_at_customs customs_inspection"),
            ("Sdoganata", "cleared_through_customs"),
            ("In rientro", "returning_to_sender"),
            ("Restituita al mittente", "returned_to_sender"),
            ("Spedizione in ritardo", "delayed"),
        ];
        crate::phrase::hold_to(super::ITALIAN, &table);
    }
}
