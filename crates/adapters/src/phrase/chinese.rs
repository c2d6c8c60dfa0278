//! Chinese, as the posts behind 17TRACK say it.

use whereabouts_domain::State::*;

use super::{Phrase, says};

pub const CHINESE: &[Phrase] = &[
    says("派件不成功|派送不成功|未妥投|投递不成功|投递失败|派送失败|未签收|未能妥投|未能签收|没有签收|没有妥投", DeliveryFailed),
    says("尚未|等待签收|待签收|待妥投", Unknown),
    says("退回|退件", ReturningToSender),
    says("待取|自提|代收点", ReadyForCollection),
    says("妥投|已签收|签收成功", Delivered),
    says("派送中|派送途中|正在派送|正在投递|派件|安排投递", OutForDelivery),
    says("海关放行|清关完成|放行", ClearedThroughCustoms),
    says("海关|清关", AtCustoms),
    says("收寄|揽收|已揽件|已收取邮件|已收取快件|上门收件", CollectedByCarrier),
    says("电子信息|已下单|等待揽", Dispatched),
    says("到达|抵达|进港", ArrivedAtHub),
    says("离开|发往|起飞|出港", DepartedHub),
];
