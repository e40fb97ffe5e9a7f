//! Errors of requests to the index.

/// A failed request to the index. Each `url` is redacted: it contains no password.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// The index, or the host of an archive that it lists, is unreachable.
    #[error(
        "failed to reach `{url}`: {cause}\nhelp: check the network and the proxy settings, or name another package index with `--index URL` or MATRIX_INDEX"
    )]
    Unreachable { url: String, cause: String },
    #[error(
        "`{url}` answered with status {status}\nhelp: try again later, or name another package index with `--index URL` or MATRIX_INDEX"
    )]
    Status { url: String, status: u16 },
    #[error(
        "`{url}` did not return a package listing: {seen}\nhelp: the index must be the address of a simple repository; check `--index` or MATRIX_INDEX"
    )]
    NotAnIndex { url: String, seen: String },
    #[error(
        "the package index lists no `{file}` at `{url}`\nhelp: check the file name among the pins, or name another package index with `--index URL` or MATRIX_INDEX"
    )]
    Unlisted { file: String, url: String },
    /// The connection ended before the end of the archive.
    #[error("`{url}` broke off before the archive was complete: {cause}\nhelp: run again; nothing of it was kept")]
    Truncated { url: String, cause: String },
    /// The archive is larger than `limit` bytes.
    #[error("`{url}` is larger than {limit} bytes\nhelp: check which file the index lists under that name")]
    TooLarge { url: String, limit: u64 },
}
