//! D rows that no other file of the suite provokes.

use gphotos_sim::{Content, Fault, FaultKind, Item, Route, Times, World};

use crate::support::{Signal, TestEnv, shim, signal, until};

const NOON: &str = "2024-03-09T12:00:00Z";

fn photo(number: u64, size: usize) -> Item {
    Item {
        content: Content::Jpeg { seed: number, size },
        ..Item::photo(number, &format!("{number}.jpg"), NOON)
    }
}

fn film(size: usize) -> Item {
    Item {
        content: Content::Mp4 { seed: 1, size },
        ..Item::video(1, "film.mp4", NOON)
    }
}

/// A byte every half a second against a deadline of one: never idle, and never done (rclone#9841 lasted 16 hours).
#[test]
fn d05_a_trickle_that_is_never_idle_is_given_up_all_the_same() {
    let trickle = FaultKind::Drip {
        bytes_per_second: 2.0,
    };
    for times in [Times::Exactly(1), Times::Always] {
        let mut fault = Fault::new(trickle.clone())
            .item("1.jpg")
            .route(Route::Bytes);
        fault.on.times = times;
        let mut env =
            TestEnv::signed_in(World::new().item(photo(1, 0)).item(photo(2, 0)).fail(fault));
        env.set("GPHOTOS_DL_IDLE_TIMEOUT", "1");
        let output = env.run_or_kill(&["sync", "--since", "2024-01-01", "--window", "year"]);
        if times == Times::Always {
            output.assert_exit(3).assert_says("the bytes only trickle");
            assert_eq!(env.archive().paths(), ["2024/03/2.jpg"]);
        } else {
            output.assert_exit(0);
        }
        env.archive().assert_true_to(&env.google);
    }
}

/// With little memory, so that a client which believes the number and makes room for it is found out.
#[test]
fn d16_no_number_in_a_header_makes_room_for_itself() {
    let lengths = [
        "9223372036854775807",
        "9223372036854775808",
        "18446744073709551615",
        "18446744073709551616",
        "-1",
        "+8000",
        "0x10",
        "8000, 8001",
        "",
    ];
    let mut world = World::new().item(photo(100, 0));
    for (number, length) in (0..).zip(lengths) {
        let item = photo(number, 8000);
        let lie = Fault::new(FaultKind::LengthText(length.to_owned()));
        let lie = lie.item(&item.id).route(Route::Bytes).always();
        world = world.item(item).fail(lie);
    }
    let env = TestEnv::signed_in(world);
    let args = ["sync", "--since", "2024-01-01", "--window", "year"];
    let run = env.shell(LITTLE_MEMORY, &args).spawn();
    env.finish(run.expect("it starts")).assert_exit(3);
    let archive = env.archive();
    for (number, length) in (0..).zip(lengths) {
        let row = archive.row(&format!("{number}.jpg"));
        assert_eq!(row["status"], "failed", "{length:?}: {row:#?}");
    }
    assert_eq!(archive.paths(), ["2024/03/100.jpg"]);
    assert_eq!(archive.temps, [""; 0]);
}

/// What comes after the announced end belongs to nothing: neither to this file nor to the answer that follows.
#[test]
fn d17_what_comes_after_the_announced_end_is_never_silently_kept() {
    let whole = photo(1, 8000).original();
    let surplus = Fault::new(FaultKind::WrongLength { delta: -7 });
    let surplus = surplus.item("1.jpg").route(Route::Bytes).always();
    let env = TestEnv::signed_in(World::new().item(photo(1, 8000)).fail(surplus));
    env.sync(&[]).assert_exit(0);
    let archive = env.archive();
    let row = archive.row("1.jpg");
    // Cut the same way twice is how Google has it: kept, marked, and asked for once more another day.
    assert!(row["detail"].contains("not a whole file"), "{row:#?}");
    assert!(whole.starts_with(&archive.files["2024/03/1.jpg"]));

    let mut longer = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: {}\r\n\r\n",
        whole.len()
    )
    .into_bytes();
    longer.extend_from_slice(&whole);
    longer.extend_from_slice(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
    let smuggled = Fault::new(FaultKind::Raw(longer)).item("1.jpg").always();
    let env = TestEnv::signed_in(
        World::new()
            .item(photo(1, 8000))
            .item(photo(2, 0))
            .fail(smuggled.route(Route::Bytes)),
    );
    env.sync(&["--jobs", "1"]).assert_exit(0);
    env.archive().assert_true_to(&env.google);
    assert_eq!(env.archive().files.len(), 2);
}

/// A laptop that sleeps for 70 minutes in the middle of a load: connections, addresses and tokens are dead when it wakes.
#[test]
fn d20_a_run_that_sleeps_for_an_hour_goes_on_when_it_wakes() {
    let stall = FaultKind::StallAfter {
        bytes: 2000,
        seconds: None,
    };
    let world = World::new().with_items((0..20).map(|n| photo(n, 8000)).collect());
    let mut env = TestEnv::signed_in(world.fail(Fault::new(stall).route(Route::Bytes).nth(3)));
    let clock = env.path("clock");
    env.set("LD_PRELOAD", &shim().display().to_string())
        .set("SHIM_CLOCK", &clock.display().to_string())
        .set("GPHOTOS_DL_IDLE_TIMEOUT", "1");
    let args = [
        "sync",
        "--since",
        "2024-01-01",
        "--window",
        "year",
        "--jobs",
        "1",
    ];
    let run = env.spawn(&args);
    until("the third load stalls", || env.google.stats().faults == 1);
    signal(&run, Signal::STOP);
    std::fs::write(&clock, "4200").expect("written");
    env.google.advance(std::time::Duration::from_mins(70));
    signal(&run, Signal::CONT);
    env.finish(run).assert_exit(0);
    let archive = env.archive();
    assert_eq!(archive.files.len(), 20);
    archive.assert_true_to(&env.google);
    let stats = env.google.stats();
    assert_eq!(stats.refreshes, 1, "the token had died");
    // By its own clock the run knew that its addresses were dead.
    assert_eq!(stats.count_with(Route::Bytes, 403), 0);
}

/// With few, less goes on at a time, whatever was asked for; with too few, nothing is begun and the number is said.
#[test]
fn d23_with_few_open_files_less_goes_on_at_a_time() {
    for (limit, is_enough) in [(24, false), (31, false), (32, true), (36, true), (48, true)] {
        let world = World::new().with_items((0..60).map(|n| photo(n, 0)).collect());
        let env = TestEnv::signed_in(world);
        let args = [
            "sync",
            "--since",
            "2024-01-01",
            "--window",
            "month",
            "--jobs",
            "64",
            "--list-jobs",
            "16",
        ];
        let limited = |args: &[&str]| {
            let run = env.shell(&format!("ulimit -n {limit}"), args).spawn();
            env.finish(run.expect("it starts"))
        };
        let output = limited(&args);
        let check = ["verify", "--jobs", "64"];
        if is_enough {
            output.assert_exit(0);
            limited(&check).assert_exit(0);
        } else {
            let few = format!("only {limit} files open at a time, and a run needs 32");
            output.assert_exit(1).assert_says(&few);
            assert!(env.archive().files.is_empty(), "{limit}");
            env.sync(&[]).assert_exit(0);
            limited(&check).assert_exit(1).assert_says(&few);
        }
        let archive = env.archive();
        assert_eq!(archive.files.len(), 60, "{limit}");
        archive.assert_true_to(&env.google);
        if is_enough {
            std::fs::remove_file(env.path("downloads/2024/03/7.jpg")).expect("removed");
            limited(&["verify", "--repair"]).assert_exit(0);
            limited(&["verify"]).assert_exit(0);
        }
    }
}

/// More bytes than the address space could hold.
#[test]
fn d24_a_film_larger_than_the_memory_streams_through() {
    const SIZE: usize = 600 << 20;
    let env = TestEnv::signed_in(World::new().item(film(SIZE)).item(photo(2, 0)));
    let args = [
        "sync",
        "--since",
        "2024-01-01",
        "--window",
        "year",
        "--no-full-listing",
    ];
    let run = env.shell(LITTLE_MEMORY, &args).spawn();
    env.finish(run.expect("it starts")).assert_exit(0);
    env.archive().assert_true_to(&env.google);
}

/// Address space of 400 MiB, in KiB. Threads and libraries take most of it; there is none for a file.
const LITTLE_MEMORY: &str = "ulimit -v 409600";
