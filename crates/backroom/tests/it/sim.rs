//! The product under simulation: buyers, agents and a moody payment provider, while processes crash, lose power and hear each
//! other late. Everything follows from the seed: a failing one is printed and replays exactly.
//!
//! `BACKROOM_SIM_SEEDS` (how many), `BACKROOM_SIM_FROM` (the first), `BACKROOM_SIM_STEPS` (steps of trouble each) choose the
//! courses of a soak; `BACKROOM_SIM_TRACE` prints every line of them.

mod actors;
mod books;
mod house;
mod people;
mod provider;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use kit::auth::Actor;
use kit::http::Providers;
use kit::runtime::Runtime;
use kit::service::Service;
use kit::sim::{self, Crash, Faults, Process, World};

use self::books::Books;
use self::provider::Moods;

/// Seeds of the run that every change passes.
const SEEDS: u64 = 40;
/// Steps of trouble in each course.
const STEPS: u64 = 30;

/// Seeds and steps of the whole house in that run: each costs five times as much.
const HOUSE_SEEDS: u64 = 8;
const HOUSE_STEPS: u64 = 20;

/// Who takes part in a course.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cast {
    /// Stock, orders and money; agents work on orders directly.
    Core,
    /// All services that an order meets from the cart to its invoice; people work where the procedures send them.
    House,
}

impl Cast {
    fn services(self) -> Vec<Service> {
        let core = [inventory::service(), orders::service(), payments::service()];
        match self {
            Cast::Core => core.into(),
            Cast::House => core
                .into_iter()
                .chain([
                    processes::service(),
                    contact::service(),
                    rules::service(),
                    delivery::service(),
                    finance::service(),
                    customers::service(),
                    notices::service(),
                    insight::service(),
                    staff::service(),
                ])
                .collect(),
        }
    }

    /// The services of each process where they are apart.
    fn apart(self) -> Vec<(&'static str, &'static [&'static str])> {
        let core: [(&str, &[&str]); 3] =
            [("inventory", &["inventory"]), ("orders", &["orders"]), ("payments", &["payments"])];
        match self {
            Cast::Core => core.into(),
            Cast::House => core
                .into_iter()
                .chain([
                    ("processes", &["processes", "rules"] as &[&str]),
                    ("contact", &["contact", "customers"]),
                    ("back", &["delivery", "finance", "notices", "insight", "staff"]),
                ])
                .collect(),
        }
    }
}

/// What the actors of a course share.
#[derive(Clone)]
struct Shop {
    cast: Cast,
    world: World,
    books: Arc<Books>,
    /// Set when no new orders shall be begun.
    is_closing: Arc<AtomicBool>,
}

impl Shop {
    fn runtime(&self) -> &Runtime {
        self.world.runtime()
    }

    fn below(&self, below: u64) -> u64 {
        self.runtime().random_below(below)
    }

    fn chance(&self, percent: u64) -> bool {
        self.below(100) < percent
    }

    async fn wait(&self, at_most_ms: u64) {
        self.runtime().sleep(Duration::from_millis(self.below(at_most_ms))).await;
    }

    fn is_closing(&self) -> bool {
        self.is_closing.load(Ordering::Relaxed)
    }

    fn admin(&self) -> Actor {
        Actor::service("simulation", format!("{:016x}", self.runtime().random_u64()))
    }
}

/// One course through a world of one process or of one for each service; returns the digest of what happened.
async fn course(runtime: Runtime, cast: Cast, is_split: bool, steps: u64) -> u64 {
    let moods = Arc::new(Moods::new(&runtime));
    let provider = payments::provider::test::TestProvider::new(runtime.clone()).with_faults(moods.clone());
    let provider = Arc::new(payments::provider::Providers::new(Arc::new(provider)));
    let hold = Duration::from_secs(20 + runtime.random_below(200));
    let settings = Arc::new(orders::Settings { hold, pay_within: hold * 9 / 10 });
    let providers = move || Providers::default().with(Arc::clone(&provider)).with(Arc::clone(&settings));
    let process = |name, services: Arc<dyn Fn() -> Vec<Service> + Send + Sync>| Process {
        name,
        services,
        providers: Arc::new(providers.clone()),
    };
    let processes = if is_split {
        let apart = cast.apart().into_iter().map(|(name, members)| {
            let members = move || cast.services().into_iter().filter(|service| members.contains(&service.name));
            process(name, Arc::new(move || members().collect()))
        });
        apart.collect()
    } else {
        vec![process("all", Arc::new(move || cast.services()))]
    };
    let world = World::start(&runtime, processes).expect("the services start on empty disks");
    let shop = Shop { cast, world, books: Arc::default(), is_closing: Arc::default() };
    actors::open(&shop).await;
    if cast == Cast::House {
        people::open(&shop).await;
    }
    shop.world.set_faults(Faults::bad());
    moods.set_bad(true);
    let actors = actors::all(&shop, if cast == Cast::House { people::all(&shop) } else { Vec::new() });
    for step in 0..steps {
        trouble(&shop).await;
        books::hold_now(&shop, step % 10 == 9).await;
    }
    shop.is_closing.store(true, Ordering::Relaxed);
    actors.await;
    moods.set_bad(false);
    shop.world.rest(Duration::from_secs(48 * 3600)).await;
    books::hold_at_rest(&shop).await;
    if cast == Cast::House {
        house::holds(&shop).await;
    }
    shop.world.trace().digest()
}

/// Lets time pass, and something happen to one of the processes.
async fn trouble(shop: &Shop) {
    shop.wait(8_000).await;
    let victim = usize::try_from(shop.below(shop.world.processes() as u64)).expect("a few");
    match shop.below(10) {
        0 => shop.world.crash(victim, Crash::Kill),
        1 => shop.world.crash(victim, Crash::PowerCut),
        2 | 3 => shop.world.power_fails_in(victim, 1 + shop.below(100)),
        // A quiet stretch, in which holds run out.
        4 => shop.wait(120_000).await,
        _ => {}
    }
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn courses(cast: Cast, seeds: u64, steps: u64) {
    let from = number("BACKROOM_SIM_FROM", 1);
    let steps = number("BACKROOM_SIM_STEPS", steps);
    for seed in from..from + number("BACKROOM_SIM_SEEDS", seeds) {
        // Odd seeds in one process, even ones split: a seed alone says which course it was.
        sim::run(seed, |runtime| course(runtime, cast, seed % 2 == 0, steps));
    }
}

#[test]
fn sim_whatever_happens_stock_money_and_promises_hold() {
    courses(Cast::Core, SEEDS, STEPS);
}

#[test]
fn sim_whatever_happens_the_whole_house_agrees_about_every_order() {
    courses(Cast::House, HOUSE_SEEDS, HOUSE_STEPS);
}

/// For soaks, with the environment's seeds; a run without them tries one.
#[test]
#[ignore = "for soaks; `cargo xtask sim` runs it"]
fn sim_soak() {
    courses(Cast::Core, 1, STEPS);
}

/// The same of the whole house.
#[test]
#[ignore = "for soaks; `cargo xtask sim` runs it"]
fn sim_soak_house() {
    courses(Cast::House, 1, HOUSE_STEPS);
}

#[test]
fn sim_the_same_seed_takes_the_same_course() {
    for is_split in [false, true] {
        let once = |seed| sim::run(seed, |runtime| course(runtime, Cast::Core, is_split, 8));
        assert_eq!(once(11), once(11));
    }
}
