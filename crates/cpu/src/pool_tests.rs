//! What the thread pool promises.

use super::*;
use std::collections::HashSet;
use std::sync::Mutex;

fn squares(pool: &'static Pool, tasks: usize) -> Vec<usize> {
    let out: Vec<AtomicUsize> = (0..tasks).map(|_| AtomicUsize::new(0)).collect();
    pool.run(tasks, &|k| {
        out[k].fetch_add(k * k + 1, Ordering::Relaxed);
    })
    .unwrap();
    out.into_iter().map(AtomicUsize::into_inner).collect()
}

#[test]
fn every_task_runs_exactly_once() {
    for threads in [1, 2, 4] {
        let pool = Pool::new(threads);
        for tasks in [0, 1, 2, 3, 100, 5_000] {
            let expected: Vec<usize> = (0..tasks).map(|k| k * k + 1).collect();
            assert_eq!(squares(pool, tasks), expected, "{tasks} tasks on {threads} threads");
        }
    }
}

#[test]
fn what_an_early_end_leaves_are_the_last_tasks() {
    static BEGUN: AtomicUsize = AtomicUsize::new(0);
    let enough = || BEGUN.load(Ordering::SeqCst) >= 10;
    for threads in [1, 3] {
        BEGUN.store(0, Ordering::SeqCst);
        let pool = Pool::new(threads);
        let ran: Vec<AtomicUsize> = (0..1000).map(|_| AtomicUsize::new(0)).collect();
        let task = |k: usize| {
            BEGUN.fetch_add(1, Ordering::SeqCst);
            ran[k].fetch_add(1, Ordering::SeqCst);
        };
        let until = pool.run_until(5..1000, enough, &task).unwrap();
        assert!((15..1000).contains(&until), "{until}");
        let times = |k: usize| ran[k].load(Ordering::SeqCst);
        assert!((0..1000).all(|k| times(k) == usize::from((5..until).contains(&k))));
        assert_eq!(pool.run_until(until..1000, || false, &task), Ok(1000));
        assert!((5..1000).all(|k| times(k) == 1));
    }
}

#[test]
fn many_short_runs_lose_no_task() {
    let pool = Pool::new(3);
    let total = AtomicUsize::new(0);
    for _ in 0..5_000 {
        pool.run(4, &|_| {
            total.fetch_add(1, Ordering::Relaxed);
        })
        .unwrap();
    }
    assert_eq!(total.into_inner(), 20_000);
}

#[test]
fn helpers_take_part_and_no_more_than_allowed() {
    let pool = Pool::new(3);
    let seen = Mutex::new(HashSet::new());
    pool.run(30, &|_| {
        seen.lock().unwrap().insert(std::thread::current().id());
        std::thread::sleep(Duration::from_millis(2));
    })
    .unwrap();
    let count = seen.into_inner().unwrap().len();
    assert!((2..=3).contains(&count), "{count} threads");
}

#[test]
fn a_caller_does_not_wait_for_helpers_that_are_busy_elsewhere() {
    let pool = Pool::new(2);
    let begun = AtomicUsize::new(0);
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            pool.run(2, &|_| {
                begun.fetch_add(1, Ordering::SeqCst);
                while !stop.load(Ordering::SeqCst) {
                    std::thread::yield_now();
                }
            })
        });
        while begun.load(Ordering::SeqCst) < 2 {
            std::thread::yield_now();
        }
        assert_eq!(squares(pool, 3), [1, 2, 5]);
        stop.store(true, Ordering::SeqCst);
    });
}

#[test]
fn several_callers_and_nested_calls_get_along() {
    let pool = Pool::new(3);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..100 {
                    pool.run(5, &|_| assert_eq!(squares(pool, 3), [1, 2, 5])).unwrap();
                }
            });
        }
    });
}

#[test]
fn a_panic_is_an_error_and_the_pool_goes_on() {
    for threads in [1, 3] {
        let pool = Pool::new(threads);
        let error = pool.run(50, &|k| assert!(k != 7, "seven")).unwrap_err();
        assert_eq!(error, Error::Task("seven".to_owned()));
        assert_eq!(squares(pool, 3), [1, 2, 5]);
    }
}

#[test]
fn the_number_of_threads_can_change() {
    let before = threads();
    set_threads(1);
    let here = std::thread::current().id();
    Pool::global().run(20, &|_| assert_eq!(std::thread::current().id(), here)).unwrap();
    set_threads(before);
    assert_eq!(threads(), before);
}

#[test]
fn only_positive_numbers_ask_for_threads() {
    assert_eq!(count_in(" 3\n"), Some(3));
    assert_eq!(count_in("100000"), Some(MOST));
    assert_eq!([count_in("0"), count_in("-1"), count_in("many"), count_in("")], [None; 4]);
}

#[test]
fn a_forked_child_runs_tasks_on_threads_of_its_own() {
    Pool::global().run(4, &|_| ()).unwrap();
    // SAFETY: the child runs tasks and exits at once.
    unsafe {
        let child = libc::fork();
        if child == 0 {
            libc::alarm(10);
            let total = AtomicUsize::new(0);
            let run = Pool::global().run(100, &|_| {
                total.fetch_add(1, Ordering::Relaxed);
            });
            libc::_exit(i32::from(run.is_err() || total.into_inner() != 100));
        }
        let mut status = -1;
        libc::waitpid(child, &mut status, 0);
        assert_eq!(status, 0);
    }
}
