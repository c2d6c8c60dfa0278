//! French, as La Poste, Chronopost, DPD and Geodis say it.

use whereabouts_domain::{Reason, State};

use super::{Phrase, says, says_why};

pub const FRENCH: &[Phrase] = {
    use Reason::*;
    use State::*;
    &[
        // The way back.
        says("va être retourné|sera retourné|va être renvoyé|sera renvoyé|doit être retourné", WillBeReturnedToSender),
        says(
            "retourné à son expéditeur|retourné à lexpéditeur|remis à lexpéditeur|livré à lexpéditeur|distribué à lexpéditeur|restitué à lexpéditeur|livré à son expéditeur|remis à son expéditeur|livré chez lexpéditeur",
            ReturnedToSender,
        ),
        says(
            "retour à lexpéditeur|retour expéditeur|retour vers lexpéditeur|renvoyé à lexpéditeur|renvoyé à son expéditeur|en cours de retour|retour à son expéditeur|en retour",
            ReturningToSender,
        ),
        says("livré par erreur|livré à tort", ShipmentIssue),
        says("retour de tournée|retour tournée|retour en agence|retour agence|retour au dépôt", AtDeliveryDepot),
        // Refused, damaged, lost.
        says_why("refusé|refus", DeliveryRefused, Refused),
        says_why("avarié|avarie|endommagé|détérioré|abîmé", State::Damaged, Reason::Damaged),
        says_why("perdu|égaré|perte", State::Lost, Reason::Lost),
        says_why("introuvable|recherche en cours|manquant", Missing, Reason::Lost),
        says("détruit|destruction", Destroyed),
        says("annulé|annulation", Cancelled),
        // Customs.
        says("douane|dédouanement|douanières+terminé|effectué|achevé|sortie|libéré|quitté|fin des|dédouané", ClearedThroughCustoms),
        says_why("droits de douane|frais de douane|droits et taxes|taxes à|taxes dues|paiement*taxes", CustomsChargesDue, DutyDue),
        says_why("douane|dédouanement+document|facture|information", HeldAtCustoms, CustomsDocumentsMissing),
        says_why("douane|dédouanement+retenu|bloqué|attente|contrôle", HeldAtCustoms, CustomsInspection),
        says("douane|dédouanement|douanières", AtCustoms),
        // Waiting at a point of collection.
        says_why(
            "na pas été retiré|na pas été réclamé|non réclamé|non retiré|pas venu chercher|délai de garde|délai dinstance|délai de conservation",
            FailedToCollect,
            NotCollected,
        ),
        says("rappel+retir|récupér|disposition", CollectionReminder),
        says(
            "a été retiré|retiré par|récupéré par|retrait effectué|vous avez retiré|a été récupéré|retiré au|retiré en",
            CollectedByShopper,
        ),
        says("bientôt disponible|sera disponible|sera mis à disposition|va être déposé|sera déposé|prochainement", InTransit),
        says_why("avis de passage|avis de visite|avisé", DeliveryFailedCardLeft, NobodyHome),
        says(
            "à disposition|mis à votre disposition|vous attend|en attente de retrait|attente de retrait|attente dêtre retiré|en instance|à retirer|pouvez le retirer|peut être retiré|prêt à être retiré|attend+point|bureau|relais|consigne|guichet",
            ReadyForCollection,
        ),
        says(
            "disponible|vous attend|en attente de retrait|attente dêtre retiré|en instance|peut être retiré|pouvez le retirer|à votre disposition",
            ReadyForCollection,
        ),
        // Tried and failed.
        says_why("absent|absence|personne na pu|personne nétait", DeliveryFailed, NobodyHome),
        says_why("~adresse+incomplète|insuffisante|complément", DeliveryFailed, AddressIncomplete),
        says_why("incomplète|précisions+adresse", DeliveryFailed, AddressIncomplete),
        says_why("~adresse+erronée|inconnue|incorrecte|anomalie|inexacte|problème|erreur|non trouvée", DeliveryFailed, AddressWrong),
        says_why("destinataire+inconnu|non identifié|nhabite pas|npai", DeliveryFailed, RecipientUnknown),
        says_why("destinataire+déménagé|parti sans laisser", DeliveryFailed, RecipientMoved),
        says_why("fermé|fermeture", DeliveryFailed, BusinessClosed),
        says_why("accès*impossible|impossible*accès|pas pu accéder|digicode|code daccès|inaccessible", DeliveryFailed, NoAccess),
        says(
            "na pas pu être livré|na pu être livré|na pu être remis|na pu être distribué|na pu être déposé|na pu vous être|nont pas pu être livrés|pas pu être distribué|pas pu vous livrer|pas pu livrer|livraison impossible|impossible de livrer|non distribu|non livr|tentative de|tentative infructueuse|échec|echec|na pas pu|nous navons pas pu|livraison non effectuée|pas été livré",
            DeliveryFailed,
        ),
        // Another day, another place.
        says(
            "reprogrammé|reprogrammation|nouvelle date|nouvelle livraison|nouvelle présentation|seconde présentation|deuxième présentation|reporté|représent",
            DeliveryRescheduled,
        ),
        says("rendez vous|date de livraison convenue", DeliveryScheduled),
        says(
            "réexpédi|réorient|redirig|changement dadresse|nouvelle adresse|modification dadresse|redirection|choix de livraison",
            DeliveryAddressChanged,
        ),
        says_why("mal orient|fausse direction|erreur dacheminement|erreur de tri|mal dirigé|mal acheminé", Misrouted, Missorted),
        says_why("intempéries|météo|neige", Delayed, Weather),
        says_why("grève|mouvement social", Delayed, Strike),
        says("retard|perturbation|incident|aléa", Delayed),
        says("problème résolu", InTransit),
        // Not with the carrier yet.
        says(
            "va bientôt nous être confié|nous sera confié|sera confié|va nous être confié|pas encore*confié|pas encore*pris|pas encore*reçu|pas encore*remis|en préparation chez|préparation chez|préparé par|préparation par|préparation de*expéditeur|annonc|électronique|étiquette|bordereau|sera bientôt remis|attendons",
            Dispatched,
        ),
        says("prêt à être expédié|prêt chez|enregistré|informations transmises|informations de lexpéditeur", Dispatched),
        // On the last stretch, in words that hold a delivery.
        says("prépar+livraison|distribution", AtDeliveryDepot),
        says("prêt à être livré|prêt à être distribué|prêt à être mis", AtDeliveryDepot),
        says(
            "livré à lagence|livré en agence|livré à une agence|livré au dépôt|livré à la plateforme|livré sur la plateforme",
            AtDeliveryDepot,
        ),
        says(
            "chargé pour livraison|chargé en livraison|en cours de livraison|en livraison|en cours de distribution|mis en distribution|mise en distribution|mis en livraison|mise en livraison|tournée|livré aujourdhui|livré dans la journée|livreur|véhicule de livraison|facteur",
            OutForDelivery,
        ),
        says(
            "sera livré|va être livré|seront livrés|sera distribué|livraison prévue|livraison est prévue|livraison programmée",
            DeliveryScheduled,
        ),
        // A hope or a plan is no delivery.
        says("pas encore*livré|pas encore*distribué", InTransit),
        says("pas*livré|pas*distribué|pas*remis|non*livré|non*distribué|non*remis", DeliveryFailed),
        says("sera|seront|va.|vont|pourra|peut|doit|dès que|lorsque|quand|si.|devrait+livré|distribué|remis", Unknown),
        says("à livrer|à être livré|attente*livré|confirmation*livré", Unknown),
        // Delivered, from the particular to the general.
        says("livré|remis|déposé|distribué+voisin", DeliveredToNeighbour),
        says("boîte aux lettres|boite aux lettres|boîte à lettres", DeliveredToLetterbox),
        says("livré|remis|déposé|distribué+gardien|concierge|accueil|réception|loge", DeliveredToReception),
        says("lieu sûr|endroit sûr|lieu sécurisé|espace sécurisé|abri.", DeliveredToSafeLocation),
        says("livré|remis|distribué+en partie|partiel", PartiallyDelivered),
        says("remis au destinataire|remis à son destinataire|remis au client+relais|pickup|point de retrait", CollectedByShopper),
        says("remis+par lexpéditeur|par votre expéditeur|par le vendeur", DroppedOff),
        says(
            "livré|déposé|arrivé|mis|remis+point relais|relais|point de retrait|point pickup|pickup|consigne|locker|bureau de poste|point de proximité",
            ReadyForCollection,
        ),
        says("déposé+par lexpéditeur|bureau|point postal|agence|expéditeur", DroppedOff),
        says(
            "est livré|a été livré|livré|livraison effectuée|livraison conforme|livraison réalisée|est distribué|a été distribué|distribué|remis au destinataire|remis contre signature|remis à son destinataire|remise au destinataire|=livre|^colis livre.|est livre.|a ete livre.|a ete livree.|livraison effectuee|livraison realisee|a ete distribue.",
            Delivered,
        ),
        // Between the places.
        says(
            "arrivé dans le pays|arrivé en france|arrivé sur le territoire|pays du destinataire|pays de destination|territoire de destination|pays darrivée",
            ArrivedAtDestinationCountry,
        ),
        says("quitté+pays|territoire", DepartedOriginCountry),
        says(
            "site de livraison|~agence de livraison|~agence dpd de livraison|site de distribution|~agence de distribution|centre de livraison|agence locale|agence destinataire|agence darrivée|site qui dessert",
            AtDeliveryDepot,
        ),
        says("va être remis au transporteur|sera remis au transporteur", InTransit),
        says("remis au transporteur|remis à*partenaire|confié à*partenaire|transporteur local", CarrierChanged),
        says("en transit|~acheminement|en cours de traitement|en chemin|en route|cours dexpédition|transit", InTransit),
        says(
            "pris en charge|prise en charge|collecté|enlevé|enlèvement effectué|ramassé|entre nos mains|remis par lexpéditeur|reçu de lexpéditeur",
            CollectedByCarrier,
        ),
        says("déposé", DroppedOff),
        says("tri effectué|trié", ArrivedAtHub),
        says("quitté|départ|est parti|expédié de", DepartedHub),
        says("arrivé|arrivée|réceptionné|plateforme|centre de tri|au hub|le hub|notre hub|reçu", ArrivedAtHub),
    ]
};

#[cfg(test)]
mod tests {
    #[test]
    fn french_sentences_are_understood_as_a_shopper_would() {
        let table = [
            ("L'expéditeur a annoncé un colis", "dispatched"),
            ("Votre Colissimo va bientôt nous être confié ! Il est en cours de préparation chez votre expéditeur.", "dispatched"),
            ("Votre colis a été déposé dans un point postal.", "dropped_off"),
            ("Votre colis est pris en charge par La Poste.", "collected_by_carrier"),
            ("Votre colis est en cours d'acheminement.", "in_transit"),
            ("Votre colis est en transit sur nos plateformes logistiques.", "in_transit"),
            ("Tri effectué dans l'agence de départ", "arrived_at_hub"),
            ("Votre colis est arrivé dans le pays du destinataire.", "arrived_at_destination_country"),
            ("Votre colis a quitté son pays d'expédition", "departed_origin_country"),
            ("Votre colis est en cours de dédouanement", "at_customs"),
            ("Votre colis est retenu par la douane", "held_at_customs customs_inspection"),
            ("Dédouanement terminé", "cleared_through_customs"),
            ("Votre colis est sur son site de livraison", "at_delivery_depot"),
            ("Votre colis est en cours de livraison", "out_for_delivery"),
            ("Il sera livré demain", "delivery_scheduled"),
            ("Votre colis n'a pas pu être livré car vous étiez absent", "delivery_failed nobody_home"),
            ("Un avis de passage a été déposé", "delivery_failed_card_left nobody_home"),
            ("Votre colis n'a pas pu être livré : adresse incomplète", "delivery_failed address_incomplete"),
            ("Accès à l'immeuble impossible", "delivery_failed no_access"),
            ("Le destinataire a refusé le colis", "delivery_refused refused"),
            ("Votre colis est disponible dans votre point de retrait", "ready_for_collection"),
            ("Votre colis a été retiré par son destinataire", "collected_by_shopper"),
            ("Votre colis n'a pas été réclamé", "failed_to_collect not_collected"),
            ("Votre colis va être retourné à l'expéditeur", "will_be_returned_to_sender"),
            ("Votre colis est en cours de retour vers l'expéditeur", "returning_to_sender"),
            ("Votre colis a été livré à l'expéditeur", "returned_to_sender"),
            ("Votre colis est livré.", "delivered"),
            ("Votre colis a été distribué à son destinataire contre sa signature", "delivered"),
            ("Votre colis a été livré à votre voisin", "delivered_to_neighbour"),
            ("Votre colis a été livré dans votre boîte aux lettres", "delivered_to_letterbox"),
            ("COLIS LIVRE", "delivered"),
            ("Votre colis a ete livre", "delivered"),
            ("Remis au livreur", "out_for_delivery"),
            ("Envoi prêt chez l'expéditeur", "dispatched"),
            ("Tri effectué dans l'agence de distribution", "at_delivery_depot"),
            ("Colis arrivé à l'agence de livraison", "at_delivery_depot"),
            ("Colis chargé pour livraison", "out_for_delivery"),
            ("Colis remis dans un point relais", "ready_for_collection"),
            ("Colis remis au destinataire en point relais", "collected_by_shopper"),
            ("Colis remis par l'expéditeur en point relais", "dropped_off"),
            ("Echec de livraison", "delivery_failed"),
            ("Anomalie d'adresse", "delivery_failed address_wrong"),
            ("Livraison conforme", "delivered"),
            ("Votre colis est prêt à être livré", "at_delivery_depot"),
            ("Votre colis n'a pu être remis au destinataire", "delivery_failed"),
            ("Colis livré à l'agence", "at_delivery_depot"),
            ("Colis non livré", "delivery_failed"),
            ("Votre colis n'est pas encore livré", "in_transit"),
            ("Dès que votre colis est livré, nous vous prévenons", "-"),
            ("Votre colis devrait être livré", "-"),
            ("Votre colis est retardé", "delayed"),
            ("Remis à notre partenaire local", "carrier_changed"),
        ];
        crate::phrase::hold_to(super::FRENCH, &table);
    }
}
