//! The table of silence: who is late, whose silence is expected and whose is not, as time goes by.

use super::{world::Answer, *};

const REGIONS: &str = "code,parent,level,name\n62,,province,Kalimantan Tengah\n62.06,62,kabupaten,Kabupaten Katingan\n\
    62.06.13,62.06,kecamatan,Marikit\n62.06.13.2001,62.06.13,desa,Tumbang Gagu\n\
    62.06.14,62.06,kecamatan,Sanaman\n62.06.14.2001,62.06.14,desa,Tumbang Hiran\n62.06.14.2002,62.06.14,desa,Tumbang Kaburai\n";
const ALL_TPS: &str = "village_code,number,voters,voters_male,voters_female,lat,lon,access,signal\n\
    62.06.13.2001,001,271,140,131,,,very_remote,none\n62.06.13.2001,002,200,,,,,remote,weak\n\
    62.06.14.2001,001,200,,,,,regular,strong\n62.06.14.2002,001,200,,,,,regular,medium\n62.06.14.2002,002,200,,,,,remote,none\n";

/// Names of the regions in the table in their order, each with its cells: TPS, abnormal, late, expected, heard.
fn rows(page: &Answer) -> Vec<(String, Vec<u32>)> {
    let rows = page.body.split("<tr>").skip(2);
    let row = |row: &str| {
        let (_, link) = row.split_once("<a href=").unwrap();
        let (_, name) = link.split_once('>').unwrap();
        let cells = row.split("class=\"num\"").skip(1).map(|cell| {
            let (cell, _) = cell.split_once("</td>").unwrap();
            let text: String = cell.split('>').map(|part| part.split('<').next().unwrap()).skip(1).collect();
            text.trim().parse().unwrap()
        });
        (name.split('<').next().unwrap().to_owned(), cells.collect())
    };
    rows.map(row).collect()
}

fn is(name: &str, cells: [u32; 5]) -> (String, Vec<u32>) {
    (name.to_owned(), cells.to_vec())
}

/// Goes to so many seconds after the polls opened.
fn go_to(world: &World, after_s: i64) {
    let opens_at = world.server.known().unwrap().reference().profile().unwrap().opens_at;
    world.move_clock(opens_at + after_s - world.server.now());
}

#[tokio::test]
async fn silence_is_told_by_region_worst_first_as_time_goes_by() {
    let world = World::empty();
    world.import(REGIONS, ALL_TPS, "number,name,phone,role,place\n7,Siti,0811,Camat,62.06.14\n");
    go_to(&world, 0);
    let cookie = world.sign_in().await;
    let page = async |path: &str| rows(&world.get(path, &cookie).await);
    assert_eq!(page("/silence").await, [is("Marikit", [2, 0, 0, 0, 2]), is("Sanaman", [3, 0, 0, 0, 3])]);
    // Nobody says anything: time alone makes it so, and no figure of before is kept.
    go_to(&world, 3_600 + 900);
    assert_eq!(page("/silence").await, [is("Sanaman", [3, 0, 2, 1, 0]), is("Marikit", [2, 0, 0, 2, 0])]);
    go_to(&world, 3 * 3_600 + 900);
    assert_eq!(page("/silence").await, [is("Sanaman", [3, 2, 0, 1, 0]), is("Marikit", [2, 0, 0, 2, 0])]);
    let shown = world.get("/silence", &cookie).await.body;
    let (_, marikit) = shown.split_once("Marikit").unwrap();
    assert!(
        !marikit.contains("tag bad") && !marikit.contains("tag warn"),
        "no signal is no alarm: {marikit}"
    );
    assert!(shown.contains("Tidak melapor (2)"), "the menu counts them: {shown}");
    let (mut phone, at) = (Phone::new(7), world.server.now());
    let registered = NewDeskRecord::new(at, place("62.06.14"), device(&phone));
    author::append(&world.server, vec![registered]).unwrap();
    say(&mut phone, &world, at, "62.06.14.2001/001", &standby(), &[]);
    assert_eq!(
        page("/silence?place=62.06.14").await,
        [is("Tumbang Kaburai", [2, 1, 0, 1, 0]), is("Tumbang Hiran", [1, 0, 0, 0, 1])]
    );
    let desa = page("/silence?level=desa").await;
    assert_eq!(
        desa.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(),
        ["Tumbang Kaburai", "Tumbang Gagu", "Tumbang Hiran"]
    );
    let csv = world.get("/export/silence.csv?within=62.06.14&bom=1", &cookie).await.body;
    let lines: Vec<&str> = csv.trim_start_matches('\u{feff}').trim().split("\r\n").collect();
    assert!(csv.starts_with('\u{feff}') && lines.len() == 4, "{csv}");
    assert!(lines[1].starts_with("62.06.14,district,Sanaman,") && lines[1].contains(",3,1,0,1,1,"), "{csv}");
    assert!(
        lines[3].starts_with("62.06.14.2002,village,Tumbang Kaburai,") && lines[3].ends_with(",2,0,0,1,1,,,"),
        "{csv}"
    );
}

fn device(phone: &Phone) -> Body {
    Body::Device(pantau_protocol::body::Device {
        device: phone.device(),
        public_key: phone.key.public().0,
        officer: 7,
        predecessor: None,
        regions: vec![place("62.06.14")],
    })
}

fn standby() -> Body {
    Body::Standby(Standby { present: 3, team: 7, situation: Situation::Calm, no_obstacle: true })
}
