use super::*;

fn message(attempts: i64) -> MessageRow {
    MessageRow {
        retailer: "r1".into(),
        id: "msg_1".into(),
        webhook_id: "whk_1".into(),
        kind: "webhook.test".into(),
        body: "{}".into(),
        created_at: 0,
        state: "waiting".into(),
        attempts,
        next_attempt_at: Some(0),
        last_status: None,
        last_error: None,
    }
}
fn tried(attempts: i64, answer: Result<(u16, Option<i64>), CallError>) -> Tried {
    let answer = answer.map(|(status, retry_after)| Answer { status, retry_after });
    Tried { message: message(attempts), at: 0, took_ms: 1, answer }
}
fn hook(failing_since: Option<i64>) -> WebhookRow {
    WebhookRow {
        id: "whk_1".into(),
        url: "https://a.example/".into(),
        filter: None,
        enabled: true,
        secret: String::new(),
        failing_since,
        disabled_reason: None,
        created_at: 0,
    }
}

#[test]
fn the_signature_is_that_of_the_standards_own_example() {
    let body = r#"{"test": 2432232314}"#;
    let signed = signature("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", body).unwrap();
    assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    assert!(signature("not a secret", "m", "0", "").is_none());
}

#[test]
fn a_message_is_tried_ten_times_over_three_days_and_then_failed() {
    let waits: Vec<Option<i64>> = (0..10).map(|n| after(&tried(n, Ok((500, None))), true).next_attempt_at.map(|ms| ms / 1000)).collect();
    let scheduled: Vec<i64> = waits.iter().copied().flatten().collect();
    assert_eq!(scheduled, AGAIN_SECONDS);
    assert_eq!(scheduled.iter().sum::<i64>(), 75 * 3600 + 35 * 60 + 5);
    assert_eq!((waits[9], after(&tried(9, Ok((500, None))), true).state.as_str()), (None, "failed"));
}

#[test]
fn only_a_2xx_is_delivered() {
    for (status, state) in [
        (200, "delivered"),
        (204, "delivered"),
        (199, "waiting"),
        (301, "waiting"),
        (404, "waiting"),
        (410, "dropped"),
        (429, "waiting"),
        (503, "waiting"),
    ] {
        assert_eq!(after(&tried(0, Ok((status, None))), true).state, state, "{status}");
    }
    assert_eq!(after(&tried(0, Err(CallError::Timeout)), true).state, "waiting");
}

#[test]
fn retry_after_counts_only_when_it_is_later_and_only_when_the_endpoint_is_busy() {
    let wait = |status, after_s| after(&tried(0, Ok((status, Some(after_s)))), true).next_attempt_at;
    assert_eq!(wait(429, 60), Some(60_000));
    assert_eq!(wait(503, 2), Some(5_000));
    assert_eq!(wait(503, -9), Some(5_000));
    assert_eq!(wait(500, 60), Some(5_000));
    assert_eq!(wait(429, 10_000_000), Some(86_400_000));
}

#[test]
fn waits_are_spread_by_a_fifth_and_always_the_same_for_the_same_attempt() {
    let spreads: Vec<i64> = (0..200).map(|i| spread(300_000, &format!("msg_{i}"), 2)).collect();
    assert!(spreads.iter().all(|ms| (240_000..=360_000).contains(ms)), "{spreads:?}");
    assert!(spreads.iter().any(|ms| *ms < 260_000) && spreads.iter().any(|ms| *ms > 340_000));
    assert_eq!(spread(300_000, "msg_7", 2), spreads[7]);
}

#[test]
fn an_endpoint_is_switched_off_after_five_days_of_nothing_but_failures() {
    let failed = [tried(0, Err(CallError::NoConnection))];
    assert_eq!(health(&hook(None), &failed, 7), (Some(7), None));
    assert_eq!(health(&hook(Some(7)), &failed, PATIENCE_MS), (Some(7), None));
    assert!(health(&hook(Some(7)), &failed, PATIENCE_MS + 7).1.is_some());
    let mixed = [tried(0, Err(CallError::NoConnection)), tried(0, Ok((200, None)))];
    assert_eq!(health(&hook(Some(7)), &mixed, PATIENCE_MS + 7), (None, None));
    assert!(health(&hook(None), &[tried(0, Ok((410, None)))], 7).1.is_some());
}
