//! Symmetric positive definite systems, as small as a forecast needs them: the lower triangle row by row, Cholesky, two substitutions.

/// The lower triangle of a symmetric matrix, row by row.
#[derive(Debug, Clone, PartialEq)]
pub struct Symmetric {
    size: usize,
    rows: Vec<f64>,
}

impl Symmetric {
    pub fn zero(size: usize) -> Symmetric {
        Symmetric { size, rows: vec![0.0; size * (size + 1) / 2] }
    }

    pub fn scale(&mut self, factor: f64) {
        self.rows.iter_mut().for_each(|v| *v *= factor);
    }

    pub fn add(&mut self, other: &Symmetric) {
        self.add_scaled(other, 1.0);
    }

    pub fn add_scaled(&mut self, other: &Symmetric, factor: f64) {
        self.rows.iter_mut().zip(&other.rows).for_each(|(a, b)| *a += factor * b);
    }

    /// Adds `weight · x xᵀ` for a sparse `x` whose indices rise.
    pub fn add_square(&mut self, x: &[(usize, f64)], weight: f64) {
        for (k, &(i, xi)) in x.iter().enumerate() {
            let (start, scaled) = (i * (i + 1) / 2, weight * xi);
            let row = &mut self.rows[start..=start + i];
            for &(j, xj) in &x[..=k] {
                row[j] += scaled * xj;
            }
        }
    }

    pub fn add_at(&mut self, i: usize, j: usize, value: f64) {
        let (i, j) = (i.max(j), i.min(j));
        self.rows[i * (i + 1) / 2 + j] += value;
    }

    /// The `w` for which `self · w = right`, or nothing where the matrix is not positive definite.
    pub fn solve(&self, right: &[f64]) -> Option<Vec<f64>> {
        let mut factor = self.rows.clone();
        for i in 0..self.size {
            let (above, current) = factor.split_at_mut(i * (i + 1) / 2);
            for j in 0..i {
                let row_j = &above[j * (j + 1) / 2..];
                let dot: f64 = dot(&current[..j], &row_j[..j]);
                current[j] = (current[j] - dot) / row_j[j];
            }
            let rest = current[i] - dot(&current[..i], &current[..i]);
            if rest.is_nan() || rest <= 1e-12 {
                return None;
            }
            current[i] = rest.sqrt();
        }
        let row = |i: usize| &factor[i * (i + 1) / 2..i * (i + 1) / 2 + i + 1];
        let mut w = right.to_vec();
        for i in 0..self.size {
            let r = row(i);
            w[i] = (w[i] - dot(&r[..i], &w[..i])) / r[i];
        }
        for i in (0..self.size).rev() {
            let r = row(i);
            w[i] /= r[i];
            let wi = w[i];
            w[..i].iter_mut().zip(&r[..i]).for_each(|(v, f)| *v -= wi * f);
        }
        Some(w)
    }
}

/// Four sums side by side, so that the machine may add them at once.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; 4];
    let (left, right) = (a.chunks_exact(4), b.chunks_exact(4));
    let rest: f64 = left.remainder().iter().zip(right.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in left.zip(right) {
        for k in 0..4 {
            sums[k] += x[k] * y[k];
        }
    }
    sums[0] + sums[1] + sums[2] + sums[3] + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_is_solved_and_one_without_a_solution_refused() {
        let mut system = Symmetric::zero(6);
        for i in 0..6 {
            system.add_square(&[(i / 2, 0.5), (i, 1.0 + i as f64)], 2.0);
        }
        let w = [1.0, -2.0, 0.5, 3.0, 0.0, -1.0];
        let mut right = vec![0.0; 6];
        for (i, right) in right.iter_mut().enumerate() {
            for (j, w) in w.iter().enumerate() {
                let (low, high) = (i.min(j), i.max(j));
                *right += system.rows[high * (high + 1) / 2 + low] * w;
            }
        }
        let solved = system.solve(&right).unwrap();
        assert!(solved.iter().zip(&w).all(|(a, b)| (a - b).abs() < 1e-9), "{solved:?}");
        assert_eq!(Symmetric::zero(3).solve(&[1.0, 1.0, 1.0]), None);
    }
}
