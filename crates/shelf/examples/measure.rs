//! The crate's figures. `measure fill MS FILE…`, `write MS FILE OUT`, `pins FILE`, `stores FILE`; times are CPU time of the thread.
#![allow(clippy::disallowed_methods, clippy::unwrap_used)] // a program that measures

use shelf::{Instance, Limits, Pin, Solution, check, optimise};

fn cpu_ms() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 / 1e6
}

fn read(path: &str) -> Instance {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn run(instance: &Instance, ms: f64, seed: u64, start: Option<&Solution>) -> (Option<shelf::Answer>, f64, String) {
    let begin = cpu_ms();
    let clock = || cpu_ms() - begin;
    let answer = optimise(instance, &Limits { ms, clock: &clock, seed, start, progress: None });
    let took = clock();
    match answer {
        Ok(answer) => (Some(answer), took, String::new()),
        Err(refused) => (None, took, refused.to_string()),
    }
}

fn fill(ms: f64, files: &[String]) {
    for path in files {
        let instance = read(path);
        for seed in 1..=4 {
            let (answer, took, refused) = run(&instance, ms, seed, None);
            let Some(answer) = answer else {
                println!("{:8} {:?} {refused} {took:.0} ms", instance.name, instance.mode);
                continue;
            };
            let bad = check(&instance, &answer.solution).violations;
            let quality = 100.0 * answer.objective / answer.bound;
            println!(
                "{:8} {:?} {:.4} of {:.4} {quality:.3}% {took:.0} ms {bad:?}",
                instance.name, instance.mode, answer.objective, answer.bound
            );
        }
    }
}

/// One product after another is moved to another shelf and pinned there, and the rest is found again.
fn pins(path: &str) {
    let mut instance = read(path);
    let (first, ..) = run(&instance, 1000.0, 1, None);
    let mut known = first.unwrap().solution;
    let (mut longest, mut worse, mut moves, mut kept) = (0.0_f64, 0, 0, 0);
    for step in 0..60_usize {
        let placed = known.placements[step * 7 % known.placements.len()].clone();
        // By turns to another shelf, and narrower where it is.
        let narrower = step % 2 == 1 && placed.facings > 1;
        let level = if narrower { placed.level } else { (placed.level + 1 + step % 3) % instance.levels.len() };
        let (run_no, orientation) = (placed.run, placed.orientation);
        let facings = placed.facings - i64::from(narrower);
        instance.pins = vec![Pin { product: placed.product, run: run_no, level, orientation, facings, x: None }];
        let mut keep = known.clone();
        for other in keep.placements.iter_mut().filter(|other| other.product == placed.product) {
            (other.level, other.facings) = (level, facings);
        }
        // The moved product stands at the end of its new shelf, if there is room.
        let block = keep.blocks.iter().find(|block| block.x <= placed.x && placed.x < block.x + block.width);
        let (from, to) = block.map_or((0.0, instance.width as f64), |block| (block.x, block.x + block.width));
        let width = |id: i64| instance.products.iter().find(|product| product.id == id).unwrap().width as f64;
        let ends = keep
            .placements
            .iter()
            .filter(|other| other.level == level && other.x >= from && other.x < to && other.product != placed.product);
        let end = ends.map(|other| other.x + other.facings as f64 * width(other.product)).fold(from, f64::max);
        for other in keep.placements.iter_mut().filter(|other| other.product == placed.product) {
            other.x = if narrower { placed.x } else { end };
        }
        let before = check(&instance, &keep);
        let (answer, took, _) = run(&instance, 95.0, step as u64, Some(&keep));
        longest = longest.max(took);
        let Some(answer) = answer else { continue };
        moves += 1;
        if before.violations.is_empty() {
            kept += 1;
            worse += usize::from(answer.objective < before.objective - 1e-9);
        }
        assert!(check(&instance, &answer.solution).violations.is_empty());
        instance.pins.clear();
        known = answer.solution;
    }
    println!("{moves} moves, in {kept} the rest could have stayed, worse than that {worse}, longest {longest:.0} ms");
}

/// 112 stores whose demand differs, on two threads.
fn stores(path: &str) {
    let instance = read(path);
    let begin = std::time::Instant::now();
    let (mut sum, mut spent) = (0.0, 0.0);
    std::thread::scope(|scope| {
        let work = |from: usize| {
            let instance = &instance;
            move || {
                let (mut quality, begin) = (0.0, cpu_ms());
                for store in (from..112).step_by(2) {
                    let mut own = instance.clone();
                    for (at, product) in own.products.iter_mut().enumerate() {
                        product.demand *= 0.6 + 0.8 * (((at * 7919 + store * 104_729) % 1000) as f64 / 1000.0);
                    }
                    let (answer, ..) = run(&own, 400.0, 1, None);
                    let answer = answer.unwrap();
                    assert!(check(&own, &answer.solution).violations.is_empty());
                    quality += answer.objective / answer.bound;
                }
                (quality, cpu_ms() - begin)
            }
        };
        let threads = [scope.spawn(work(0)), scope.spawn(work(1))];
        for thread in threads {
            let (quality, ms) = thread.join().unwrap();
            sum += quality;
            spent += ms;
        }
    });
    let seconds = begin.elapsed().as_secs_f64();
    println!("112 stores: mean {:.2} % of the bound, {:.1} CPU s, {seconds:.1} s", sum / 1.12, spent / 1e3);
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["fill", ms, ..] => fill(ms.parse().unwrap(), &args[2..]),
        ["write", ms, path, out] => {
            let (answer, ..) = run(&read(path), ms.parse().unwrap(), 1, None);
            std::fs::write(out, serde_json::to_vec(&answer.unwrap().solution).unwrap()).unwrap();
        }
        ["pins", path] => pins(path),
        ["stores", path] => stores(path),
        _ => println!("measure fill MS FILE… | write MS FILE OUT | pins FILE | stores FILE"),
    }
}
