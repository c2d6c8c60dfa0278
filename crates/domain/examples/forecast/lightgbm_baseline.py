"""LightGBM's chances of lateness for the benchmark: taught anew on the first of each month with every order whose promise lies before it.

lightgbm_baseline.py ORDERS.csv[.gz] OUT.csv    writes order_id,moment,p_late
"""
import sys

import lightgbm
import pandas as pd

LATE_AT = [0, 1, 3, 5, 7, 10]
TAUGHT_MIN = 200


def days(later, earlier):
    return (later - earlier).dt.total_seconds() / 86400


def main(orders_file, out_file):
    orders = pd.read_csv(orders_file, low_memory=False)
    for column in ["purchase_ts", "carrier_ts", "delivered_ts", "estimated_date", "shipping_limit_ts"]:
        orders[column] = pd.to_datetime(orders[column])
    orders = orders[orders.carrier_ts.notna() & orders.estimated_date.notna()].reset_index(drop=True)
    handed_over, delivered = orders.carrier_ts.dt.normalize(), orders.delivered_ts.dt.normalize()
    took, lead = (delivered - handed_over).dt.days, (orders.estimated_date - handed_over).dt.days
    late = (delivered > orders.estimated_date).astype(float).where(delivered.notna())
    facts = pd.DataFrame(
        {
            "lead": lead,
            "promised": (orders.estimated_date - orders.purchase_ts.dt.normalize()).dt.days,
            "waited": days(orders.carrier_ts, orders.purchase_ts),
            "slack": days(orders.shipping_limit_ts, orders.carrier_ts),
            "weekday": orders.carrier_ts.dt.day_of_week,
            "freight": orders.freight,
            "price": orders.price,
            "weight": orders.weight_g,
            "volume": orders.volume_cm3,
            "same_region": (orders.s_state == orders.c_state).astype(float).where(orders.s_state.notna()),
            "place": pd.to_numeric(orders.c_zip3, errors="coerce"),
            "origin": orders.s_state.astype("category").cat.codes,
            "destination": orders.c_state.astype("category").cat.codes,
        }
    )

    def at(rows, k):
        return facts.loc[rows].assign(day=k, left=lead[rows] - k)

    def is_open(k):
        return (lead > k) & ((k == 0) | ~(took <= k))

    said = []
    for month in orders.carrier_ts.dt.to_period("M").sort_values().unique():
        start, end = month.start_time, (month + 1).start_time
        taught = (orders.estimated_date < start) & late.notna()
        if taught.sum() < TAUGHT_MIN:
            continue
        lessons = [(at(orders.index[taught & is_open(k)], k), late[taught & is_open(k)]) for k in LATE_AT]
        model = lightgbm.LGBMClassifier(
            n_estimators=150, learning_rate=0.04, num_leaves=15, min_child_samples=80, subsample=0.8, subsample_freq=1,
            colsample_bytree=0.8, random_state=1, n_jobs=1, verbose=-1,
        )
        model.fit(pd.concat([x for x, _ in lessons]), pd.concat([y for _, y in lessons]))
        for k in LATE_AT:
            when = handed_over + pd.Timedelta(days=k)
            rows = orders.index[(when >= start) & (when < end) & is_open(k)]
            if len(rows):
                moment = "handover" if k == 0 else f"handover+{k}"
                chances = model.predict_proba(at(rows, k))[:, 1]
                said.append(pd.DataFrame({"order_id": orders.order_id[rows], "moment": moment, "p_late": chances}))
    pd.concat(said).to_csv(out_file, index=False)


if __name__ == "__main__":
    main(*sys.argv[1:3])
