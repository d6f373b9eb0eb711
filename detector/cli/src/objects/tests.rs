use super::*;

/// What is said of a URL with an option, if anything.
fn told(url: &str, option: Option<(&str, &str)>) -> String {
    let options = option.into_iter().map(|(name, value)| (name.to_owned(), Secret::new(value.to_owned())));
    let place = Place { url: url.to_owned(), options: options.collect() };
    place.check().map_or_else(|fault| fault.to_string(), |()| String::new())
}

#[test]
fn what_cannot_be_meant_is_told_with_the_fix() {
    for (url, option, expected) in [
        ("s3://logs/AWSLogs/", None, ""),
        ("s3://logs", Some(("aws_endpoint", "http://127.0.0.1:9")), ""),
        ("gs://logs/a", Some(("google_skip_signature", "true")), ""),
        ("az://logs/a", Some(("account_name", "acme")), ""),
        ("abfss://logs@acme.dfs.core.windows.net/a", None, ""),
        ("file:///var/log", None, ""),
        ("kafka://broker/topic", None, "give s3://BUCKET/PREFIX"),
        ("https://example.com/a", None, "a kind that is not read"),
        ("s3://", None, "give s3://BUCKET/PREFIX"),
        ("s3://logs/a?X-Amz-Signature=hush", None, "cannot hold a query"),
        ("az://a:hush@logs/a", None, "a password"),
        ("s3://logs", Some(("account_name", "acme")), "option `account_name`: is no option of S3"),
        ("s3://logs", Some(("allow_http", "hush")), "cannot be used"),
        ("file:///var/log", Some(("aws_region", "x")), "take no options"),
    ] {
        let told = told(url, option);
        assert_eq!(told.is_empty(), expected.is_empty(), "{url}: {told}");
        assert!(told.contains(expected), "{url}: no `{expected}` in: {told}");
        assert!(!told.contains("X-Amz-Signature") && !told.contains("hush@"), "{told}");
    }
}

#[test]
fn urls_are_told_from_paths() {
    for (text, expected) in
        [("s3://b/k", true), ("file:///a", true), ("a/b.json", false), ("-", false), ("://", false)]
    {
        assert_eq!(is_url(text), expected, "{text}");
    }
}

#[test]
fn a_place_is_shown_without_what_opens_it() {
    let secret = |name: &str| (name.to_owned(), Secret::new("hush".to_owned()));
    let options = ["aws_access_key_id", "aws_secret_access_key"].map(secret).into();
    let place = Place { url: "s3://logs/a".to_owned(), options };
    let objects = Objects::open(&place).unwrap();
    for shown in [format!("{place:?}"), format!("{objects:?}")] {
        assert!(shown.contains("s3://logs/a") && !shown.contains("hush"), "{shown}");
    }
}

#[test]
fn what_a_url_hides_is_not_shown() {
    for (url, shown) in [
        ("s3://logs/a", "s3://logs/a"),
        ("s3://logs/a?sig=hush#hush", "s3://logs/a"),
        ("az://user:hush@logs/a", "az://user@logs/a"),
        ("abfss://logs@acme.dfs.core.windows.net/a", "abfss://logs@acme.dfs.core.windows.net/a"),
    ] {
        assert_eq!(Place::new(url.to_owned()).shown(), shown);
    }
}
