//! Spanish, as Correos, SEUR, GLS and the posts of Latin America say it.

use whereabouts_domain::{Reason, State};

use super::{Phrase, says, says_why};

pub const SPANISH: &[Phrase] = {
    use Reason::*;
    use State::*;
    &[
        // The way back.
        says("será devuelto|será devuelta|va a ser devuelto|se devolverá|pendiente de devolución", WillBeReturnedToSender),
        says("devuelto|devuelta|entregado|entregada+al remitente|a su remitente|a origen", ReturnedToSender),
        says("en devolución|devolución|devuelto|devuelta|retorno|en retorno", ReturningToSender),
        // Refused, damaged, lost.
        says_why("rehusad|rechazad|no aceptad|no aceptó", DeliveryRefused, Refused),
        says_why("dañad|deteriorad|averiad", State::Damaged, Reason::Damaged),
        says_why("extraviad|extravío|perdido|perdida", State::Lost, Reason::Lost),
        says_why("robado|robo.", State::Lost, Stolen),
        says("destruid", Destroyed),
        says("anulad|cancelad", Cancelled),
        // Customs.
        says("aduana|aduanas|aduaner+despachad|liberad|finalizad|completad|levante|salida", ClearedThroughCustoms),
        says_why("aduana|aduanas|aduaner|importación+pago|tasas|impuestos|aranceles", CustomsChargesDue, DutyDue),
        says_why("aduana|aduanas|aduaner+documentación|documentos|factura", HeldAtCustoms, CustomsDocumentsMissing),
        says_why("aduana|aduanas|aduaner+retenid|inspección|detenid", HeldAtCustoms, CustomsInspection),
        says("aduana|aduanas|aduaner", AtCustoms),
        // Waiting at a point of collection.
        says_why("no retirad|no recogid|no reclamad|plazo*agotado|plazo*vencido|caducado*plazo", FailedToCollect, NotCollected),
        says(
            "recogido por el destinatario|recogida por el destinatario|recogido por el cliente|retirado por el destinatario|retirado por el cliente|ha recogido su|recogido en oficina|recogido en el punto",
            CollectedByShopper,
        ),
        says("no disponible", Unknown),
        says(
            "disponible para recog|disponible para su recogida|disponible en|disponible para ser|listo para recog|lista para recog|listo para ser recogid|listo para retir|puede recoger|puede pasar a recoger|pendiente de recogida por*destinatario|pendiente de recogida en|en espera de ser recogid|a su disposición",
            ReadyForCollection,
        ),
        says(
            "entregado en punto|entregada en punto|entregado en el punto|entregado en oficina|entregado en la oficina|entregado en citypaq|entregado en taquilla|depositado en taquilla|depositado en el punto|depositado en punto",
            ReadyForCollection,
        ),
        // Tried and failed.
        says_why("ausente|ausencia|nadie en", DeliveryFailed, NobodyHome),
        says_why("direcci+incomplet|insuficiente", DeliveryFailed, AddressIncomplete),
        says_why("direcci+incorrect|erróne|equivocad|desconocid|no existe|inexistente", DeliveryFailed, AddressWrong),
        says_why("desconocid", DeliveryFailed, RecipientUnknown),
        says_why("cerrado", DeliveryFailed, BusinessClosed),
        says("aviso dejado|se ha dejado aviso|dejado aviso|dejamos un aviso", DeliveryFailedCardLeft),
        says(
            "no entregad|no fue entregad|no ha sido entregad|no se ha entregado|no se entregó|no ha sido posible|no fue posible|no se ha podido|no se pudo|no pudo|no hemos podido|no pudimos|intento de entrega|intentado entregar|entrega fallida|imposible entregar|entrega no realizada|entrega no efectuada|sin entregar",
            DeliveryFailed,
        ),
        says("aún no+entregad", InTransit),
        says("todavía no+entregad", InTransit),
        // Another day, another place.
        says("reprogramad|nueva fecha|entrega aplazada|nuevo intento", DeliveryRescheduled),
        says("redirigid|reexpedid|cambio de dirección|cambio de domicilio", DeliveryAddressChanged),
        says_why("mal encaminad|mal clasificad|encaminamiento erróneo", Misrouted, Missorted),
        says("retraso|retrasad|demora", Delayed),
        // On the last stretch, in words that hold a delivery.
        says(
            "en reparto|en proceso de entrega|salido a reparto|salió a reparto|en vehículo de reparto|repartidor|en distribución",
            OutForDelivery,
        ),
        says(
            "entrega prevista|entrega programada|entrega concertada|fecha de entrega|entrega estimada|prevista*entrega|cita.",
            DeliveryScheduled,
        ),
        says("será entregad|serán entregad|va a ser entregad|se entregará|entregaremos", DeliveryScheduled),
        // A hope or a plan is no delivery, nor is a part, nor who carries on.
        says("entrega parcial|parcialmente|entregado en parte", PartiallyDelivered),
        says(
            "no.*entregad|cuando*entregad|si.*entregad|sea.*entregad|ser.*entregad|sean*entregad|debe*entregad|debería*entregad|puede*entregad|podría*entregad|pendiente*entregad|antes de*entregad|una vez*entregad|tan pronto*entregad|hasta que*entregad|confirmación*entregad|sin.*entregad",
            Unknown,
        ),
        says("entregad+delegación|nave.|almacén|plataforma|centro logístico|centro de", ArrivedAtHub),
        says("entregad+transportista|mensajero|mensajería|agente.|corresponsal|colaborador|aerolínea", CarrierChanged),
        // Delivered, from the particular to the general.
        says("entregad|dejad+vecin", DeliveredToNeighbour),
        says("entregad|dejad|depositad+buzón", DeliveredToLetterbox),
        says("entregad|dejad+recepción|conserje|portero|portería", DeliveredToReception),
        says("entregad|dejad+lugar seguro|sitio seguro", DeliveredToSafeLocation),
        says("entregado|entregada|entregados|entregadas|entrega realizada|entrega efectuada|entrega completada", Delivered),
        // Between the places.
        says(
            "información recibida|preregistrad|prerregistrad|pre admisión|preadmisión|datos recibidos|etiqueta|pendiente de recibir|documentad",
            Dispatched,
        ),
        says("recogido|recogida realizada|recogida efectuada|admitid|aceptado|en poder de", CollectedByCarrier),
        says("depositado", DroppedOff),
        says("llegad+país de destino|país destino", ArrivedAtDestinationCountry),
        says("salida|salido|salió+país de origen", DepartedOriginCountry),
        says("delegación de destino|oficina de destino|unidad de reparto|unidad de distribución|en destino", AtDeliveryDepot),
        says("llegad|clasificad|recibido en|en delegación|centro de clasificación|en almacén", ArrivedAtHub),
        says("salida de|salido de|ha salido|salió de", DepartedHub),
        says("en tránsito|en camino|en curso|en ruta|en trayecto", InTransit),
    ]
};

#[cfg(test)]
mod tests {
    #[test]
    fn spanish_sentences_are_understood_as_a_shopper_would() {
        let table = [
            ("Información recibida por el transportista", "dispatched"),
            ("El envío ha sido recogido", "collected_by_carrier"),
            ("Envío en tránsito", "in_transit"),
            ("Llegada al centro de clasificación", "arrived_at_hub"),
            ("Ha salido de la delegación de origen", "departed_hub"),
            ("En unidad de reparto", "at_delivery_depot"),
            ("Envío en reparto", "out_for_delivery"),
            ("Será entregado mañana", "delivery_scheduled"),
            ("Destinatario ausente", "delivery_failed nobody_home"),
            ("Dirección incompleta", "delivery_failed address_incomplete"),
            ("Envío rehusado por el destinatario", "delivery_refused refused"),
            ("Disponible para recogida en oficina", "ready_for_collection"),
            ("Entregado en punto de recogida", "ready_for_collection"),
            ("Recogido por el destinatario", "collected_by_shopper"),
            ("No entregado", "delivery_failed"),
            ("Entregado", "delivered"),
            ("Entregado a un vecino", "delivered_to_neighbour"),
            ("Depositado en su buzón", "delivered_to_letterbox"),
            ("Cuando sea entregado le avisaremos", "-"),
            ("En aduana", "at_customs"),
            ("Retenido en aduana", "held_at_customs customs_inspection"),
            ("Despachado por la aduana", "cleared_through_customs"),
            ("En devolución", "returning_to_sender"),
            ("Devuelto al remitente", "returned_to_sender"),
            ("Envío retrasado", "delayed"),
        ];
        crate::phrase::hold_to(super::SPANISH, &table);
    }
}
