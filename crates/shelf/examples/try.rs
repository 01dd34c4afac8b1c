//! Fills the shelves of instance files and prints quality.
#![allow(clippy::disallowed_methods, clippy::unwrap_used)]
fn main() {
    let mut args = std::env::args().skip(1);
    let ms: f64 = args.next().unwrap().parse().unwrap();
    let best: std::collections::HashMap<&str, f64> = [
        ("p30Free", 7.984768), ("p30Vblock", 7.932815), ("p100Free", 137.894417), ("p100Vblock", 136.465280),
        ("p300Free", 134.086808), ("p300Vblock", 133.542499), ("p1000Free", 906.525023), ("p1000Vblock", 901.941921),
    ].into();
    let cpu = || { let t = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime); t.tv_sec as f64 * 1e3 + t.tv_nsec as f64 / 1e6 };
    for path in args {
        let instance: shelf::Instance = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let key = format!("{}{:?}", instance.name, instance.mode);
        print!("{key:12}");
        let mut bound = 0.0;
        for seed in 1..=4 {
            let begin = cpu();
            let clock = || cpu() - begin;
            let answer = shelf::optimise(&instance, &shelf::Limits { ms, clock: &clock, seed, start: None, progress: None });
            let took = clock();
            match answer {
                Ok(answer) => {
                    let checked = shelf::check(&instance, &answer.solution);
                    bound = answer.bound;
                    let reference = best.get(key.as_str()).copied().unwrap_or(bound);
                    print!(" {:.4} {:.3}% {took:.0}ms {:?}", checked.objective, 100.0 * checked.objective / reference, checked.violations.iter().take(2).collect::<Vec<_>>());
                }
                Err(e) => print!(" {e} {took:.0}ms"),
            }
        }
        println!(" bound {bound:.4}");
    }
}
