//! Portuguese, as CTT and Correios say it.

use whereabouts_domain::{Reason, State};

use super::{Phrase, says, says_why};

pub const PORTUGUESE: &[Phrase] = {
    use Reason::*;
    use State::*;
    &[
        says("será devolvid|vai ser devolvid", WillBeReturnedToSender),
        says("devolvid|entregue+ao remetente", ReturnedToSender),
        says("em devolução|devolução|devolvid|retornando", ReturningToSender),
        says_why("recusad|recusou", DeliveryRefused, Refused),
        says_why("danificad|avariad", State::Damaged, Reason::Damaged),
        says_why("extraviad|perdid", State::Lost, Reason::Lost),
        says_why("roubad|roubo", State::Lost, Stolen),
        says("cancelad|anulad", Cancelled),
        says("alfândega|alfandeg|aduaneir+liberad|desalfandegad|concluíd|finalizad", ClearedThroughCustoms),
        says("desalfandegad|fiscalização aduaneira finalizada", ClearedThroughCustoms),
        says_why("aguardando pagamento|pagamento+alfândega|alfandeg|aduaneir|tributos|despacho postal", CustomsChargesDue, DutyDue),
        says_why("alfândega|alfandeg|aduaneir+retid|inspeção|documentos", HeldAtCustoms, CustomsInspection),
        says("alfândega|alfandeg|aduaneir|fiscalização", AtCustoms),
        says_why("não levantad|não reclamad|não retirad|prazo*expirado", FailedToCollect, NotCollected),
        says("levantad|retirad+pelo destinatário|pelo cliente", CollectedByShopper),
        says(
            "disponível para levantamento|disponível para retirada|disponível para recolha|disponível no|disponível na|aguardando retirada|aguarda levantamento|pode ser levantad|pode levantar",
            ReadyForCollection,
        ),
        says_why("ausente", DeliveryFailed, NobodyHome),
        says_why("endereço|morada+incomplet|insuficiente", DeliveryFailed, AddressIncomplete),
        says_why("endereço|morada+incorret|errad|inexistente|desconhecid", DeliveryFailed, AddressWrong),
        says("ainda não+entregue", InTransit),
        says(
            "não entregue|não foi entregue|não foi possível|não pôde ser|não conseguimos|tentativa de entrega|entrega não efetuada|entrega não realizada|entrega não conseguida|entrega falhada|por entregar",
            DeliveryFailed,
        ),
        says("reagendad|nova data|nova tentativa", DeliveryRescheduled),
        says("reencaminhad|redirecionad", DeliveryAddressChanged),
        says("atraso|atrasad", Delayed),
        says("saiu para entrega|em distribuição|saiu para distribuição|em rota de entrega|carteiro|estafeta", OutForDelivery),
        says("será entregue|serão entregue|vai ser entregue|entrega prevista|entrega agendada|previsão de entrega", DeliveryScheduled),
        says("entrega parcial|parcialmente", PartiallyDelivered),
        says(
            "não.*entregue|quando*entregue|se.*entregue|ser.*entregue|deve*entregue|pode*entregue|poderá*entregue|pendente*entregue|aguard*entregue|antes de*entregue|assim que*entregue|logo que*entregue|até.*entregue|confirmação*entregue",
            Unknown,
        ),
        says("entregue+transportadora|transportador|parceiro|agente.|companhia aérea", CarrierChanged),
        says("entregue+centro|armazém|unidade de", ArrivedAtHub),
        says("entregue+vizinh", DeliveredToNeighbour),
        says("entregue|deixad+caixa de correio|caixa do correio", DeliveredToLetterbox),
        says("entregue+receção|recepção|portaria|porteiro", DeliveredToReception),
        says("entregue.|entregues.|entrega efetuada|entrega realizada|entrega conseguida|entrega concluída", Delivered),
        says("etiqueta emitida|objeto criado|aguardando postagem|informação recebida|dados recebidos", Dispatched),
        says("postado|aceite|recolhid|coletad", CollectedByCarrier),
        says("em trânsito|encaminhad|a caminho|em transferência", InTransit),
        says("chegou|chegada|recebido n|em tratamento", ArrivedAtHub),
        says("saiu d|partiu", DepartedHub),
    ]
};

#[cfg(test)]
mod tests {
    #[test]
    fn portuguese_sentences_are_understood_as_a_shopper_would() {
        let table = [
            ("Etiqueta emitida", "dispatched"),
            ("Objeto postado", "collected_by_carrier"),
            ("Objeto em trânsito", "in_transit"),
            ("Objeto saiu para entrega ao destinatário", "out_for_delivery"),
            ("Entrega prevista para amanhã", "delivery_scheduled"),
            ("Destinatário ausente", "delivery_failed nobody_home"),
            ("Não foi possível entregar", "delivery_failed"),
            ("Disponível para levantamento", "ready_for_collection"),
            ("Levantado pelo destinatário", "collected_by_shopper"),
            ("Objeto entregue ao destinatário", "delivered"),
            ("Entregue a um vizinho", "delivered_to_neighbour"),
            ("Quando for entregue avisamos", "-"),
            ("Devolvido ao remetente", "returned_to_sender"),
            ("Retido na alfândega", "held_at_customs customs_inspection"),
        ];
        crate::phrase::hold_to(super::PORTUGUESE, &table);
    }
}
