//! Polish, as DHL and DPD in Poland say it. Endings change with case and gender: stems are looked for.

use whereabouts_domain::{Reason, State};

use super::{Phrase, says, says_why};

pub const POLISH: &[Phrase] = {
    use Reason::*;
    use State::*;
    &[
        says("zwrócon|doręczon|dostarczon+do nadawcy|nadawcy zwrot", ReturnedToSender),
        says("zostanie zwrócon|będzie zwrócon|do zwrotu", WillBeReturnedToSender),
        says("zwrot|zwracan|w drodze do nadawcy|powrót do nadawcy", ReturningToSender),
        says_why("odmow|odmówi|odmaw", DeliveryRefused, Refused),
        says_why("uszkodz", State::Damaged, Reason::Damaged),
        says_why("zagubion|zaginę|zaginion", State::Lost, Reason::Lost),
        says("anulowan", Cancelled),
        says("celna|celnej|celną|cło+zakończ|zwoln|dokonan", ClearedThroughCustoms),
        says("celna|celnej|celną|cło|urząd celn", AtCustoms),
        says_why("nieodebran|nie odebran|nie została odebrana|nie podjęt", FailedToCollect, NotCollected),
        says_why("awizo|awizowan", DeliveryFailedCardLeft, NobodyHome),
        says_why("nieobecn|nie zastan|brak odbiorcy", DeliveryFailed, NobodyHome),
        says_why("adres+niepełn|niekompletn", DeliveryFailed, AddressIncomplete),
        says_why("adres+błędn|niepoprawn|nieprawidłow|zły", DeliveryFailed, AddressWrong),
        says_why("zamknięt|nieczynn", DeliveryFailed, BusinessClosed),
        says("niedoręcz|nie doręcz|nie została doręczona|niepowodzeni|próba doręczenia|nieudan|brak możliwości", DeliveryFailed),
        says("opłat+uregulowan|oczekiw", HeldByCarrier),
        says("odebran+przez odbiorcę|przez adresata|z punktu|z automatu|w punkcie przez", CollectedByShopper),
        says(
            "oczekuje na odbi|gotowa do odbioru|gotowa do odebrania|można odebrać|do odbioru|oczekuje*w punkcie|oczekuje*automacie",
            ReadyForCollection,
        ),
        says("dostarczon|doręczon|umieszczon|przekazan+do punktu|w punkcie|~automacie|~automatu|~paczkoma", ReadyForCollection),
        says("zmian+termin|dat", DeliveryRescheduled),
        says("umówion|termin doręczenia", DeliveryScheduled),
        says("przekierowan|zmian*adres", DeliveryAddressChanged),
        says("opóźni", Delayed),
        says("kurierowi|kurier+do doręczenia|doręcza", OutForDelivery),
        says("do doręczenia|w doręczeniu|wydana do doręcz|w trakcie doręczania", OutForDelivery),
        says("będzie doręcz|zostanie doręcz|będzie dostarcz|zostanie dostarcz|planowan", DeliveryScheduled),
        says("doręczon|dostarczon+sąsiad", DeliveredToNeighbour),
        says("częściow+doręczon|dostarczon", PartiallyDelivered),
        says("doręczon|dostarczon+do oddziału|do sortowni|do terminala|do magazynu|do centrum", ArrivedAtHub),
        // A hope or a plan is no delivery.
        says("nie.+doręczon|dostarczon", DeliveryFailed),
        says("może|powinna|powinno|jeśli|jeżeli|gdy|kiedy|czy.|ma zostać|ma być+doręczon|dostarczon", Unknown),
        says("doręczon|dostarczon", Delivered),
        says(
            "oczekuje na nadanie|oczekuje na odebranie|dane elektroniczne|dane przesyłki|zarejestrowan|utworzon|przygotowan|wprowadzon",
            Dispatched,
        ),
        says("odebran|przyjęt|podjęt+od nadawcy|u nadawcy|przez kuriera", CollectedByCarrier),
        says("odebran|podjęt", CollectedByCarrier),
        says("nadan", DroppedOff),
        says("opuści|wyjecha|wysłan", DepartedHub),
        says("dotarł+do oddziału|do terminala docelow", AtDeliveryDepot),
        says("sortow|sortown|terminalu|terminala|przyjęt|dotarł|centrum sort|centrum log|centrum przeład|oddzia|magazyn", ArrivedAtHub),
        says("w drodze|w transporcie|w transport|tranzyt|przetwarzan", InTransit),
    ]
};

#[cfg(test)]
mod tests {
    #[test]
    fn polish_sentences_are_understood_as_a_shopper_would() {
        let table = [
            ("Dane przesyłki zostały zarejestrowane", "dispatched"),
            ("Przesyłka odebrana od nadawcy", "collected_by_carrier"),
            ("Przesyłka jest obsługiwana w centrum sortowania", "arrived_at_hub"),
            ("Przesyłka opuściła terminal", "departed_hub"),
            ("Przesyłka przekazana kurierowi do doręczenia", "out_for_delivery"),
            ("Próba doręczenia zakończona niepowodzeniem", "delivery_failed"),
            ("Nie zastano odbiorcy", "delivery_failed nobody_home"),
            ("Odbiorca odmówił przyjęcia przesyłki", "delivery_refused refused"),
            ("Przesyłka oczekuje na odbiór w punkcie", "ready_for_collection"),
            ("Przesyłka odebrana przez odbiorcę w punkcie", "collected_by_shopper"),
            ("Przesyłka doręczona do odbiorcy", "delivered"),
            ("Przesyłka nie została doręczona", "delivery_failed"),
            ("Przesyłka powinna być doręczona dziś", "-"),
            ("Przesyłka zostanie doręczona jutro", "delivery_scheduled"),
            ("Zwrot do nadawcy", "returning_to_sender"),
            ("Przesyłka doręczona do nadawcy", "returned_to_sender"),
            ("Przesyłka uszkodzona", "damaged damaged"),
        ];
        crate::phrase::hold_to(super::POLISH, &table);
    }
}
