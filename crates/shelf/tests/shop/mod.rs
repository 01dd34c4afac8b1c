//! What the tests of modes share: numbers by lot, and a shop to begin with.

use shelf::{Instance, Level, Mode, Orientation, Product};

/// Numbers below `limit`, one after the other.
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, limit: i64) -> i64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % limit as u64) as i64
    }
}

/// A shop's products: how many, of which families and how many makers, each how manieth is the shop's own brand, the least width and below how many mm
/// more, and how many steps of elasticity there are.
pub struct Goods {
    pub products: i64,
    pub families: &'static [&'static str],
    pub makers: i64,
    pub own: i64,
    pub width: (i64, i64),
    pub elasticity: i64,
    /// The most facings of a product, from its lot.
    pub facings: fn(&mut Dice) -> i64,
    /// Whether a product has to be listed.
    pub must: fn(i64, &mut Dice) -> bool,
}

/// A run of `width` mm with shelves that attract as `attract` says and bear `load` g each, in mode `free`.
pub fn shop(dice: &mut Dice, goods: &Goods, width: i64, attract: &[f64], load: i64) -> Instance {
    let product = |id: i64, dice: &mut Dice| Product {
        id,
        family: goods.families[id as usize % goods.families.len()].to_owned(),
        manufacturer: id % goods.makers,
        private: id % goods.own == 0,
        tray: None,
        width: goods.width.0 + dice.below(goods.width.1),
        height: 80 + dice.below(60),
        depth: 80,
        weight: 100 + dice.below(900),
        demand: 0.5 + dice.below(100) as f64 / 40.0,
        margin: 0.5 + dice.below(100) as f64 / 80.0,
        elasticity: 0.1 + dice.below(goods.elasticity) as f64 / 100.0,
        min_facings: i64::from((goods.must)(id, dice)),
        max_facings: (goods.facings)(dice),
        min_days: 0.0,
        max_stack: 1,
        capping: false,
        orientations: vec![Orientation::Front],
    };
    let level = |attract: &f64| Level { height: 160, depth: 300, max_weight: load, attract: *attract };
    Instance {
        name: String::new(),
        mode: Mode::Free,
        width,
        bay_width: 0,
        straddle: true,
        levels: attract.iter().map(level).collect(),
        runs: Vec::new(),
        finger_gap: 10,
        transfer: 0.5,
        families: Vec::new(),
        products: (0..goods.products).map(|id| product(id, dice)).collect(),
        sub_blocks: false,
        pins: Vec::new(),
        shares: Vec::new(),
        apart: Vec::new(),
        zones: Vec::new(),
    }
}
