//! How quickly is forgotten and how much is believed. The numbers were chosen on time splits; none of them is fitted to a parcel.

use super::witness::LEVELS;

/// Half-lives are in days; priors in arrivals or in information (parcel-days times the chance of a surprise).
#[derive(Debug, Clone, PartialEq)]
pub struct Tuning {
    pub half_life: f64,
    pub ridge: f64,
    pub smooth: f64,
    pub base_smooth: f64,
    pub solve_every: i32,
    pub level_half_life: f64,
    pub level_prior: [f64; LEVELS],
    pub pace_half_life: f64,
    pub pace_prior: f64,
    /// How much of today's pace is left a day later.
    pub pace_keeps: f64,
    /// Of the pace that medians are told at.
    pub calm_pace_half_life: f64,
    /// How much slower the network is believed to become by a surge of orders, for each e-fold of it.
    pub surge_slows: f64,
    pub record_half_life: f64,
    pub drift_half_life: f64,
    /// Of what makes medians later; what makes them earlier is believed as soon as any drift.
    pub calm_drift_half_life: f64,
    pub drift_prior: f64,
    pub depth_half_life: f64,
    /// Of the memory that may narrow intervals before the other does.
    pub depth_half_life_of_weeks: f64,
    /// What share of arrivals an interval aims at, for those of 80 % and of 90 %.
    pub aims: [f64; 2],
}

impl Default for Tuning {
    fn default() -> Tuning {
        Tuning {
            half_life: 90.0,
            ridge: 8.0,
            smooth: 5.0,
            base_smooth: 1.0,
            solve_every: 2,
            level_half_life: 150.0,
            level_prior: [0.4; LEVELS],
            pace_half_life: 5.0,
            pace_prior: 30.0,
            pace_keeps: 0.97,
            calm_pace_half_life: 20.0,
            surge_slows: 0.4,
            record_half_life: 30.0,
            drift_half_life: 3.0,
            calm_drift_half_life: 24.0,
            drift_prior: 15.0,
            depth_half_life: 60.0,
            depth_half_life_of_weeks: 15.0,
            aims: [0.8125, 0.905],
        }
    }
}
