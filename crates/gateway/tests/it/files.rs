//! The web client's files.

use gateway::files::{File, Files};

use crate::Door;

const FILES: &[File] = &[
    File { path: "index.html", body: b"<i>", brotli: Some(b"<i>br"), gzip: Some(b"<i>gz") },
    File { path: "shop.html", body: b"<s>", brotli: None, gzip: None },
    File { path: "assets/a-1f.js", body: b"a()", brotli: None, gzip: Some(b"gz") },
];

#[tokio::test]
async fn pages_and_assets_are_served_as_browsers_need_them() {
    let door = Door::open_with(|config| config.files = Files::new(FILES)).await;
    for (path, text) in [
        ("/", "<i>"),
        ("/orders/ord_1", "<i>"),
        ("/messages/templates/invoice.en", "<i>"),
        ("/index.html", "<i>"),
        ("/shop", "<s>"),
        ("/shop/product/7", "<s>"),
        ("/shop.html", "<s>"),
        ("/assets/a-1f.js", "a()"),
    ] {
        let answer = door.get(path, None).await;
        assert_eq!((answer.status, answer.text.as_str()), (200, text), "{path}");
    }
    for path in ["/assets/gone.js", "/favicon.ico", "/api/nothing", "/api"] {
        assert_eq!(door.get(path, None).await.status, 404, "{path}");
    }
    let page = door.get("/", None).await;
    assert_eq!(page.headers["cache-control"], "no-cache");
    assert_eq!(page.headers["x-content-type-options"], "nosniff");
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("default-src 'self'") && policy.contains("frame-ancestors 'none'"), "{policy}");
    let asset = door.get("/assets/a-1f.js", None).await;
    assert!(asset.headers["cache-control"].to_str().unwrap().contains("immutable"));
    assert_eq!(asset.headers["content-type"], "text/javascript; charset=utf-8");
}

#[tokio::test]
async fn compressed_and_known_files_cost_little() {
    let door = Door::open_with(|config| config.files = Files::new(FILES)).await;
    for (accepted, text, encoding) in
        [("gzip, br", "<i>br", Some("br")), ("gzip", "<i>gz", Some("gzip")), ("br;q=0", "<i>", None)]
    {
        let answer = door.ask("GET", "/", &[("accept-encoding", accepted)], "").await;
        let told = answer.headers.get("content-encoding").map(|value| value.to_str().unwrap());
        assert_eq!((answer.text.as_str(), told), (text, encoding), "{accepted}");
    }
    let tag = door.get("/", None).await.headers["etag"].to_str().unwrap().to_owned();
    let known = door.ask("GET", "/", &[("if-none-match", &tag)], "").await;
    assert_eq!((known.status, known.text.as_str()), (304, ""));
}

#[tokio::test]
async fn without_its_files_the_door_says_how_to_build_them() {
    let door = Door::open().await;
    for path in ["/", "/shop"] {
        let page = door.get(path, None).await;
        assert!(page.status == 200 && page.text.contains("npm --prefix web run build"), "{path}");
    }
    assert_eq!(door.get("/orders", None).await.status, 404);
}
