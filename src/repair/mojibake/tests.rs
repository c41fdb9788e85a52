//! Whole documents through the repair, line by line, as the cleaner calls it.

use std::collections::VecDeque;

use encoding_rs::{Encoding, WINDOWS_1250, WINDOWS_1251, WINDOWS_1252, WINDOWS_1254, WINDOWS_1257};
use proptest::prelude::*;

use super::{Care, Memory, Mojibake, Outcome};
use crate::line::MojibakeSpan;

/// A line that waits: its number, and the generation of the memory when it was last asked.
struct Held {
    line: usize,
    generation: u64,
}

/// Lines that may wait at the same time.
const MAX_HELD: usize = 64;

fn repaired(document: &str) -> String {
    let mut memory = Memory::default();
    let mut lines: Vec<String> = document.split('\n').map(str::to_owned).collect();
    let mut held: VecDeque<Held> = VecDeque::new();
    let mut cares = Vec::new();
    for line in 0..lines.len() {
        cares.push(observe(&lines[line], &mut memory));
        let generation = memory.generation();
        if held.len() == MAX_HELD {
            let first = held.pop_front().expect("the queue is full");
            settle(&mut lines[first.line], &memory, cares[first.line], false);
        }
        held.retain_mut(|waiting| {
            let is_new = waiting.generation < generation;
            waiting.generation = generation;
            !(is_new && settle(&mut lines[waiting.line], &memory, cares[waiting.line], true))
        });
        if !settle(&mut lines[line], &memory, cares[line], true) {
            held.push_back(Held { line, generation });
        }
    }
    for waiting in held {
        settle(&mut lines[waiting.line], &memory, cares[waiting.line], false);
    }
    lines.join("\n")
}

fn observe(line: &str, memory: &mut Memory) -> Care {
    if Mojibake::shared().is_suspicious(line) {
        Mojibake::shared().observe(line, memory, false).care
    } else {
        let letters = line.chars().filter(|c| ('\u{c0}'..'\u{250}').contains(c));
        memory.count_sound(letters.count() as u64, line.len());
        Care::Full
    }
}

/// Repairs a line in its place; `false` when it is undecided.
fn settle(line: &mut String, memory: &Memory, care: Care, may_wait: bool) -> bool {
    if !Mojibake::shared().is_suspicious(line) {
        return true;
    }
    match Mojibake::shared().repair(line, memory, care, may_wait) {
        Outcome::Unchanged => true,
        Outcome::Undecided => {
            assert!(may_wait, "undecided although it may not wait: {line}");
            false
        }
        Outcome::Repaired(repaired) => {
            *line = repaired.text;
            true
        }
    }
}

fn steps(line: &str) -> Vec<MojibakeSpan> {
    let mut memory = Memory::default();
    let mojibake = Mojibake::shared();
    observe(line, &mut memory);
    match mojibake.repair(line, &memory, Care::Full, false) {
        Outcome::Repaired(repaired) => repaired.steps,
        _ => Vec::new(),
    }
}

#[test]
fn tables_are_shared_and_memories_travel() {
    fn shared<T: Send + Sync>() {}
    fn travels<T: Send>() {}
    shared::<Mojibake>();
    travels::<Memory>();
}

#[test]
fn damage_by_every_usual_page_is_undone() {
    for (damaged, clean) in [
        ("maÃ±ana serÃ¡ otro dÃ\u{ad}a", "mañana será otro día"),
        ("itâ€™s â€œfineâ€\u{9d}", "it’s “fine”"),
        ("matĆ©riel ā€œworldā€!", "matériel “world”!"),
        ("KsiÄ…ĹĽka ĹşrĂłdĹ‚o", "Książka źródło"),
        ("РџСЂРёРІРµС‚, РјРёСЂ", "Привет, мир"),
        ("ğŸš€ BaÅŸla", "🚀 Başla"),
        ("g√¢teaux r√©gime", "gâteaux régime"),
        ("├│n pingΓÇöino", "ón ping—ino"),
        ("sesi├│n ÔÇö a├▒o", "sesión — año"),
        ("╨┐╤Ç╨░╨▓╨╕╨╗╤î╨╜╨╛", "правильно"),
        ("п÷я─п╦п╡п╣я┌", "Привет"),
        ("ًںڑ€ Nos vemos", "🚀 Nos vemos"),
        ("Geheim ЁЯЫТ", "Geheim 🛒"),
        ("п·п╩п╣пҐп╟ п╩я▌п╠п╦я┌я▄ я≈пІя┐", "Олена любить їжу"),
        ("maֳ±ana iremos al cafֳ©", "mañana iremos al café"),
        ("ط§ظ„ط³ظ„ط§ظ… ط¹ظ„ظٹظƒظ…", "السلام عليكم"),
        ("El niรฑo comiรณ piรฑa", "El niño comió piña"),
        ("Le cÅ\u{93}ur a ses raisonsâ\u{80}Š Ãš", "Le cœur a ses raisons… è"),
    ] {
        assert_eq!(repaired(damaged), clean);
    }
}

#[test]
fn accents_survive_next_to_mojibake() {
    for (damaged, clean) in [
        ("Café con leche maÃ±ana", "Café con leche mañana"),
        ("'Sin informaciÃ³n' && 'Sin información'", "'Sin información' && 'Sin información'"),
        ("PUERTO BOYACÁ, BoyacÃ¡", "PUERTO BOYACÁ, Boyacá"),
        ("Così non Ã¨ vero", "Così non è vero"),
        ("Grüße aus dem Ĺžehir", "Grüße aus dem Şehir"),
        ("Así asц╜ que", "Así así que"),
        ("la página √Ösa Østby", "la página Åsa Østby"),
        ("Β£49.99 (β‰\u{88} β‚¬ αλημέρα, είπε η Ελένη", "£49.99 (≈ € αλημέρα, είπε η Ελένη"),
    ] {
        assert_eq!(repaired(damaged), clean);
    }
}

#[test]
fn layers_are_undone_together() {
    for (damaged, clean) in [
        ("validaciÃƒÂ³n invÃ¡lidos", "validación inválidos"),
        ("Ã‚Â¡Hola! EspaÃƒÂ±a", "¡Hola! España"),
        ("The Mona Lisa doesnÃƒÂ¢Ã¢â€šÂ¬Ã¢â€žÂ¢t", "The Mona Lisa doesn’t"),
        ("Р вЂ™Р В°Р С”Р В°Р Р…РЎРѓР С‘РЎРЏ", "Вакансия"),
    ] {
        assert_eq!(repaired(damaged), clean);
    }
}

#[test]
fn lost_bytes_are_restored() {
    for (damaged, clean) in [
        ("un dÃa en el paÃs", "un día en el país"),
        ("šŸ” The Backstory", "🔍 The Backstory"),
        ("šŸ“š ā“ Frequent questions", "📚 ❓ Frequent questions"),
        ("âš\u{a0}ï¸ attention", "⚠\u{fe0f} attention"),
        ("Asia, Ã\u{fffd}frica, AmÃ©rica", "Asia, África, América"),
        ("voilÃ , c’est dÃ©jÃ fini", "voilà, c’est déjà fini"),
        ("dÃ©jÃ prÃªt Ã s'éloigner", "déjà prêt à s'éloigner"),
        ("nÃ£o Ã© igual Ã quele, Ã quela hora", "não é igual àquele, àquela hora"),
    ] {
        let got = repaired(damaged);
        assert_eq!(got, clean);
    }
}

#[test]
fn what_other_tools_left_behind_is_repaired() {
    for (damaged, clean) in [
        ("el aƱo pasado", "el año pasado"),
        ("du matƩriel pour la Lƶwe", "du matériel pour la Löwe"),
        ("We donâ€™t â€\" reallyâ€¦", "We don’t – really…"),
        ("Los Ã\"rganos de la ciudad", "Los Órganos de la ciudad"),
        // Hausa, Vietnamese, and letters that are spoken about.
        ("ƙasa ƴan Ƴaro", "ƙasa ƴan Ƴaro"),
        ("từ thư ơn Ưu Ơ", "từ thư ơn Ưu Ơ"),
        ("La letra \"Ã\" y la \"Â\"", "La letra \"Ã\" y la \"Â\""),
    ] {
        assert_eq!(repaired(damaged), clean);
    }
}

#[test]
fn a_repaired_span_is_not_repaired_again() {
    let document = "La sesiÃ³n serÃ¡ maÃ±ana aquÃ\u{ad}\nYO COMO QUE OÃ\u{8d}â€¦ que SÃ\u{8d}»";
    assert_eq!(repaired(document), "La sesión será mañana aquí\nYO COMO QUE OÍ… que SÍ»");
}

#[test]
fn a_weak_line_waits_for_proof() {
    let document = "Ā\u{a0}\n\nšŸš€ Llama: a ā€œsale-leasebackā€ model\n";
    assert_eq!(repaired(document), "\u{a0}\n\n🚀 Llama: a “sale-leaseback” model\n");
    let mut memory = Memory::default();
    let mojibake = Mojibake::shared();
    observe("CAFĀ®", &mut memory);
    assert!(matches!(mojibake.repair("CAFĀ®", &memory, Care::Full, true), Outcome::Undecided));
    assert!(matches!(mojibake.repair("CAFĀ®", &memory, Care::Full, false), Outcome::Unchanged));
    let before = memory.generation();
    observe("šŸš€ ā€œsale-leasebackā€ šŸ“Œ", &mut memory);
    assert!(memory.generation() > before);
}

#[test]
fn clean_text_stays() {
    for clean in [
        "",
        "¿Qué pasó mañana? «No», dijo él… —y se fue—. ¡Año nuevo!",
        "«MAÇÃ» “IRMÔ AMANHÃ… CAFÉ® NESTLÉ® «PERÚ»",
        "HÂLÂ” NAKAÐ² MARKMIÐ\u{a0}… İ° ZEMĒ² ΔΙΑΚΗΡΥΞΗ²",
        "В\u{a0}Москве и\u{a0}в\u{a0}Петербурге. О\u{a0}нас. С\u{a0}нами",
        "РС и ГВ — Р—С",
        "« le café\u{a0}» était\u{a0}! ж\u{a0}» мережі",
        "ПЛАТИ ЖИР В\u{a0}ОРГАНИЗМЕ",
        "«ИЗМАМНИК: УДАР В ГЪРБА»… “ТЕКСТ В ГОВОР В ИНТЕГРАЦИИ”",
        "«ΥΓΡΑΣΊΑ ΕΔΆΦΟΥΣ 1»… “ΥΓΡΑΣΊΑ ΕΔΆΦΟΥΣ 1”",
        "в Москве и регионахВ центре Москвы",
        "├─ ñ.txt\n│  └─ ä.txt",
        "1250 Å² and 3 ²Å",
        "√π ≠ ∂, α²+β³",
        "lots of Ã’s and Â’s",
        "ПОСЛЕДНИЙ ВХОД В® «НАЧАЛО В» ЕЩЁ В…",
        "«ΚΛΕΙΔΊ ΣΥΝΕΔΡΊΑΣ» “ΚΛΕΙΔΊ”® ΚΛΕΙΔΊ… Γ΄ ΛΥΚΕΊΟΥ",
        "ماست، چای و گز؛ کجا؟ «پنج کوچه» می\u{200C}روم",
        "เก้าอี้อยู่ในห้องครัว เธอ เนย “ใช่” แล้ว…",
        "הם אמרו: “כן” ו־„לא”… שלום»",
        "Ні, це її їжа. Ґанок, єнот і їжак… «ні»",
        "x = \"ÃÂ\"; É, Ã, Â",
        "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖ×ØÙÚÛÜÝÞß àáâãäåæçèéêëìíîïðñòóôõö÷øùúûüýþÿ",
        "ƒüñ ñ® ™ †øø måñ¥ ßømƒ",
        // Mojibake that somebody put in lower case says nothing any more.
        "ã‚â£ ãƒâ€ ã¢â‚¬â„¢ãƒæ’ ã‚â¢ãƒâ¢ ã¢â‚¬å¡",
        "Ł, ß and ª are letters; “šis” un “tā”",
        "Tiếng Việt: «Ề®» đầy đủ dấu",
    ] {
        assert_eq!(repaired(clean), clean);
    }
}

#[test]
fn proof_never_takes_a_repair_away() {
    let once = repaired("Ð،¡Â¢ š¡ŸŸńÃ\nr oʻzbek aƱo Lƶwe â€");
    assert_eq!(repaired(&once), once);
}

#[test]
fn a_control_of_a_sequence_is_never_read_by_itself() {
    assert_eq!(repaired("Ã\u{88} stato generato"), "È stato generato");
    // What a control stood for may lead a sequence, which is read in the same run.
    let once = repaired(" ״¹\u{fffd}„\u{fffd}\u{8a}\u{fffd}ƒ");
    assert_eq!(repaired(&once), once);
    let undecided = "“Ñ\u{9b}” ŽŽ Ñ\u{9b}";
    assert!(!repaired(undecided).contains('›'), "{}", repaired(undecided));
}

#[test]
fn many_one_letter_words_prove_nothing() {
    let line = "В\u{a0}Москве О\u{a0}нас К\u{a0}лету У\u{a0}дома Я\u{a0}тут\n";
    let document = line.repeat(50);
    assert_eq!(repaired(&document), document);
}

#[test]
fn steps_tell_place_and_page() {
    let found = steps("Café, maÃ±ana y EspaÃ±a");
    let told: Vec<_> = found.iter().map(|s| (s.start, &*s.before, &*s.after, &*s.pages)).collect();
    assert_eq!(told, [(9, "Ã±", "ñ", "windows-1252"), (23, "Ã±", "ñ", "windows-1252")]);
    assert!(found.iter().all(|span| span.score > 10.0), "{found:?}");
    let layers = steps("validaciÃƒÂ³n â\u{80}\u{9c}fineâ\u{80}\u{9d} invÃ¡lidos \u{85}");
    assert!(layers.iter().all(|span| span.score > 5.0), "{layers:?}");
    assert_eq!(&*layers[0].pages, "windows-1252>windows-1252");
}

#[test]
fn hostile_lines_come_to_an_end() {
    for unit in ["Ã", "šŸ", "ðŸ", "â€", "ÃƒÂ", "Ð\u{fffd}", "βΓ", "\u{9d}", "ÃÂ¡šŸā“ñР"]
    {
        let line = unit.repeat(3_000);
        let once = repaired(&line);
        assert_eq!(repaired(&once), once, "{unit}");
    }
}

#[test]
fn noise_is_left_alone_until_text_makes_up_for_it() {
    // Complete sequences of characters that no text holds.
    let noise = "ΓÖ¤ЁЯÖ¤ ŮŻ«đź¤ Ðß¤ŮŻ«Í× ".repeat(6);
    let mut memory = Memory::default();
    let lines_until = |memory: &mut Memory, line: &str, care: Care| {
        (0..100_000).take_while(|_| observe(line, memory) != care || memory.care() != care).count()
    };
    let patience = lines_until(&mut memory, &noise, Care::None);
    assert!((10..100).contains(&patience), "{patience}");
    assert_eq!(observe("maÃ±ana", &mut memory), Care::None);
    let recovery = (0..100_000).take_while(|_| {
        observe("A sound line of a page that is long enough to say something.", &mut memory);
        memory.care() != Care::Full
    });
    let recovery = recovery.count();
    assert!((1_000..10_000).contains(&recovery), "{recovery}");
    assert_eq!(observe("maÃ±ana", &mut memory), Care::Full);
}

/// Text of several languages, as it may stand on a page.
const PHRASES: [&str; 18] = [
    "El año pasado viajé a Málaga con mi compañero Íñigo",
    "¿Quieres saber más? ¡Suscríbete ya!",
    "Don’t miss out — “today” only…",
    "Prices start at £49.99 (≈ €58)",
    "🔍 Search 🚀 ⚠\u{fe0f} 1\u{fe0f}\u{20e3}",
    "L’été dernier, à Nîmes où il pleut",
    "Die Straße ist für Fußgänger geöffnet",
    "Você não está sozinho: às vezes é difícil",
    "Zażółć gęślą jaźń",
    "Rīgā šodien līst",
    "Привет! Как дела?",
    "Καλημέρα, είπε η Ελένη",
    "日本語の文章です",
    "שלום, מה שלומך? “טוב”",
    "السلام عليكم، كيف حالك؟",
    "สวัสดีครับ “ขอบคุณ”",
    "Şəhər oʻzbek aƱo Lƶwe â€\" ½ 15 º",
    "MAÇÃ» CAFÉ® Ã’s Â\u{a0}",
];

/// One wrong decoding; bytes that the page leaves undefined may be dropped.
fn damaged(text: &str, page: &'static Encoding, drops: bool) -> String {
    let (decoded, _) = page.decode_without_bom_handling(text.as_bytes());
    let is_lost = |c: char| drops && (('\u{80}'..='\u{9f}').contains(&c) || c == '\u{fffd}');
    decoded.chars().filter(|&c| !is_lost(c)).collect()
}

fn piece() -> impl Strategy<Value = String> {
    let pages = prop::sample::select(vec![
        WINDOWS_1252,
        WINDOWS_1250,
        WINDOWS_1251,
        WINDOWS_1254,
        WINDOWS_1257,
        encoding_rs::MACINTOSH,
        encoding_rs::WINDOWS_1253,
        encoding_rs::WINDOWS_1255,
        encoding_rs::WINDOWS_1256,
        encoding_rs::WINDOWS_874,
        encoding_rs::ISO_8859_15,
        encoding_rs::KOI8_U,
        encoding_rs::IBM866,
    ]);
    let layers = prop::collection::vec((pages, any::<bool>()), 0..3);
    (prop::sample::select(PHRASES.to_vec()), layers, 0..30usize, 5..40usize).prop_map(
        |(phrase, layers, from, length)| {
            let part: String = phrase.chars().skip(from.min(10)).take(length).collect();
            layers.into_iter().fold(part, |text, (page, drops)| damaged(&text, page, drops))
        },
    )
}

fn noise() -> impl Strategy<Value = String> {
    prop::collection::vec(
        prop::sample::select(
            "ÃÂ¡¢Ÿšāœñ”€â ÐÄƱƶ\"รฉأ،ֳцёЁЯً\u{81}\u{9d}\u{a0}\u{ad}?\u{fffd}ńа├│√РС°a. "
                .chars()
                .collect::<Vec<_>>(),
        ),
        0..12,
    )
    .prop_map(String::from_iter)
}

fn document() -> impl Strategy<Value = String> {
    let line = prop::collection::vec(prop_oneof![4 => piece(), 1 => noise()], 0..4)
        .prop_map(|pieces| pieces.join(" "));
    prop::collection::vec(line, 1..6).prop_map(|lines| lines.join("\n"))
}

/// Cases of each property; `PROPTEST_CASES` asks for more.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(96)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn twice_is_once(document in document()) {
        let once = repaired(&document);
        prop_assert_eq!(repaired(&once), once);
    }

    #[test]
    fn any_text_is_survived(document in "(?s).{0,60}") {
        repaired(&document);
    }

    #[test]
    fn ascii_and_line_count_stay(document in document()) {
        let once = repaired(&document);
        prop_assert_eq!(once.split('\n').count(), document.split('\n').count());
        let letters = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>();
        prop_assert_eq!(letters(&once), letters(&document));
    }
}

/// Characters that are searched for a line, all chains together, by a memory that knows nothing yet.
fn searched(line: &str) -> u64 {
    let mut memory = Memory::default();
    observe(line, &mut memory);
    memory.memo.borrow().searched
}

#[test]
fn noise_in_short_runs_is_not_searched_by_the_pages_that_it_is_noise_to() {
    let mut dice = 1u32;
    let mut letter = || {
        dice = dice.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        char::from_u32(0xc0 + (dice >> 16) % 0x40).unwrap_or('é')
    };
    let words: Vec<String> = (0..40).map(|_| (0..8).map(|_| letter()).collect()).collect();
    let noise = words.join(" and then ");
    assert!(Mojibake::shared().is_suspicious(&noise));
    // Alone each of the words says too little, and is searched by many.
    let alone: u64 = words.iter().map(|word| searched(word)).sum();
    let together = searched(&noise);
    assert!(together * 10 < alone, "{together} characters are searched, alone {alone}");
}
