//! Where the bytes of uploaded files are: a local folder, or a bucket of anything that speaks S3.
//!
//! What a file is called, whose it is and who may have it is known elsewhere. Here it has an id, and its bytes, which never
//! change: either all of them are there or none.

use std::{collections::BTreeMap, ops::Range, sync::Arc, time::Duration};

use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream::BoxStream};
use object_store::{
    ClientOptions, GetOptions, GetRange, ObjectStore, ObjectStoreExt, ObjectStoreScheme,
    PutPayload, RetryConfig,
    aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey},
    local::LocalFileSystem,
    path::Path,
};
use serde::Deserialize;
use url::Url;

/// How much of a file is in memory while it is written, in bytes: S3 takes no smaller parts.
const PART: usize = 5 << 20;

/// For how long a request to S3 is repeated that fails; somebody waits for it.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long S3 may say nothing. How long a whole request takes is up to whoever reads.
const SILENCE: Duration = Duration::from_secs(15);

/// Where files are, the section `[files]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct StorageConfig {
    /// `file:///folder`, or `s3://bucket/prefix`; without it nothing can be uploaded.
    pub url: Option<String>,
    /// What the storage needs to know besides, such as `aws_endpoint`, `aws_region`, `aws_access_key_id` and
    /// `aws_secret_access_key`, as the crate `object_store` calls it.
    pub options: BTreeMap<String, String>,
}

/// The storage cannot be used, and why.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Unusable(String);

/// Why a file was not stored.
#[derive(Debug, thiserror::Error)]
pub enum PutError<E> {
    /// The bytes did not come.
    #[error("the bytes did not come")]
    Source(E),
    /// They could not be stored.
    #[error(transparent)]
    Storage(object_store::Error),
}

/// A storage.
#[derive(Clone, Debug)]
pub struct Storage {
    store: Arc<dyn ObjectStore>,
    root: Path,
}

impl Storage {
    /// Opens the storage that is configured, if one is. A folder is made if it is not there; a bucket is not asked for.
    ///
    /// # Errors
    /// When the URL or an option makes no sense, or the folder cannot be made.
    pub fn open(config: &StorageConfig) -> Result<Option<Self>, Unusable> {
        let Some(text) = config.url.as_deref().filter(|url| !url.is_empty()) else {
            return Ok(None);
        };
        let unusable = |why: String| Unusable(format!("{text}: {why}"));
        let url = Url::parse(text).map_err(|error| unusable(error.to_string()))?;
        let found = match url.scheme() {
            "file" => folder(&url),
            _ => bucket(&url, &config.options),
        };
        found.map(Some).map_err(unusable)
    }

    /// Stores a file: nobody sees it before all of it is there, and nothing stays of one that breaks off. Returns its size in
    /// bytes.
    ///
    /// # Errors
    /// The first error of the source or the storage.
    pub async fn put<E>(
        &self,
        id: &str,
        mut source: impl Stream<Item = Result<Bytes, E>> + Unpin,
    ) -> Result<u64, PutError<E>> {
        let path = self.path(id);
        let (part, more) = gather(&mut source).await.map_err(PutError::Source)?;
        let mut size = part.content_length() as u64;
        if !more {
            let put = self.store.put(&path, part).await;
            return put.map(|_| size).map_err(PutError::Storage);
        }
        let mut upload = self
            .store
            .put_multipart(&path)
            .await
            .map_err(PutError::Storage)?;
        let written = async {
            let (mut part, mut more) = (part, more);
            loop {
                upload.put_part(part).await.map_err(PutError::Storage)?;
                if !more {
                    break;
                }
                (part, more) = gather(&mut source).await.map_err(PutError::Source)?;
                size += part.content_length() as u64;
            }
            upload.complete().await.map_err(PutError::Storage)?;
            Ok(size)
        }
        .await;
        if written.is_err() {
            // It failed already: what stays of it is the storage's to clear.
            let _ignored = upload.abort().await;
        }
        written
    }

    /// The bytes of a file, or of a part of it; `None` when there is no such file.
    ///
    /// # Errors
    /// When the storage fails, or has no such part.
    pub async fn get(
        &self,
        id: &str,
        range: Option<Range<u64>>,
    ) -> object_store::Result<Option<BoxStream<'static, object_store::Result<Bytes>>>> {
        let options = GetOptions {
            range: range.map(GetRange::Bounded),
            ..GetOptions::default()
        };
        match self.store.get_opts(&self.path(id), options).await {
            Ok(found) => Ok(Some(found.into_stream())),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Deletes a file; one that is not there is deleted.
    ///
    /// # Errors
    /// When the storage fails.
    pub async fn delete(&self, id: &str) -> object_store::Result<()> {
        match self.store.delete(&self.path(id)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Folders by the first characters: none grows too large.
    fn path(&self, id: &str) -> Path {
        let folder: String = id.chars().take(2).collect();
        self.root.clone().join(folder).join(id)
    }
}

fn folder(url: &Url) -> Result<Storage, String> {
    let folder = url
        .to_file_path()
        .map_err(|()| "must name a folder, as in file:///var/lib/warren/files")?;
    std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    let store = LocalFileSystem::new_with_prefix(folder).map_err(|error| error.to_string())?;
    Ok(Storage {
        // Whoever is told that a file is stored may rely on it.
        store: Arc::new(store.with_fsync(true)),
        root: Path::default(),
    })
}

fn bucket(url: &Url, options: &BTreeMap<String, String>) -> Result<Storage, String> {
    let known = ObjectStoreScheme::parse(url).ok();
    let Some((ObjectStoreScheme::AmazonS3, root)) = known else {
        return Err("must be file:///folder or s3://bucket/prefix".into());
    };
    // The first to do so decides; this process uses no other.
    let _already = rustls::crypto::ring::default_provider().install_default();
    let client = ClientOptions::new()
        .with_timeout_disabled()
        .with_read_timeout(SILENCE);
    let retry = RetryConfig {
        retry_timeout: PATIENCE,
        ..RetryConfig::default()
    };
    let mut builder = AmazonS3Builder::new()
        .with_url(url.as_str())
        .with_client_options(client)
        .with_retry(retry);
    for (name, value) in options {
        let key: AmazonS3ConfigKey = name
            .parse()
            .map_err(|_| format!("files.options has no {name}"))?;
        builder = builder.with_config(key, value);
    }
    let store: AmazonS3 = builder.build().map_err(|error| error.to_string())?;
    Ok(Storage {
        store: Arc::new(store),
        root,
    })
}

/// The next part, and whether there may be more.
async fn gather<E>(
    source: &mut (impl Stream<Item = Result<Bytes, E>> + Unpin),
) -> Result<(PutPayload, bool), E> {
    let (mut chunks, mut size) = (Vec::new(), 0);
    while size < PART {
        match source.next().await {
            Some(chunk) => {
                let chunk = chunk?;
                size += chunk.len();
                chunks.push(chunk);
            }
            None => return Ok((chunks.into_iter().collect(), false)),
        }
    }
    Ok((chunks.into_iter().collect(), true))
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures_util::{TryStreamExt, stream};

    use super::*;

    fn folder() -> (tempfile::TempDir, Storage) {
        let folder = tempfile::tempdir().expect("a folder");
        let storage = open(&format!("file://{}/new", folder.path().display()));
        (folder, storage.expect("usable").expect("configured"))
    }

    fn open(url: &str) -> Result<Option<Storage>, Unusable> {
        open_with(
            url,
            &["aws_region", "aws_access_key_id", "aws_secret_access_key"],
        )
    }

    fn open_with(url: &str, options: &[&str]) -> Result<Option<Storage>, Unusable> {
        let options = options.iter().map(|&name| (name.into(), "x".into()));
        Storage::open(&StorageConfig {
            url: Some(url.to_owned()),
            options: options.collect(),
        })
    }

    fn chunks(sizes: &[usize]) -> impl Stream<Item = Result<Bytes, Infallible>> + Unpin + use<> {
        let bytes = |(at, size): (usize, &usize)| Ok(Bytes::from(vec![at as u8; *size]));
        stream::iter(sizes.iter().enumerate().map(bytes).collect::<Vec<_>>())
    }

    async fn read(storage: &Storage, id: &str, range: Option<Range<u64>>) -> Option<Vec<u8>> {
        let found = storage.get(id, range).await.expect("a healthy storage")?;
        let parts: Vec<Bytes> = found.try_collect().await.expect("all of it");
        Some(parts.concat())
    }

    #[tokio::test]
    async fn files_come_back_whole_and_in_parts() {
        let (_folder, storage) = folder();
        for (id, sizes) in [
            ("small", &[3, 0, 4][..]),
            ("large", &[PART - 1, 2, PART, 9]),
        ] {
            let size = storage.put(id, chunks(sizes)).await.expect("stored");
            let whole = read(&storage, id, None).await.expect("there");
            assert_eq!(size as usize, sizes.iter().sum::<usize>());
            assert_eq!(size as usize, whole.len());
            let part = read(&storage, id, Some(2..5)).await.expect("there");
            assert_eq!(part, whole[2..5]);
            storage.delete(id).await.expect("deleted");
            storage.delete(id).await.expect("deleted already");
            assert_eq!(read(&storage, id, None).await, None);
        }
    }

    #[tokio::test]
    async fn nothing_stays_of_what_breaks_off() {
        let (folder, storage) = folder();
        for before in [10, 2 * PART] {
            let broken = chunks(&[before])
                .map_err(|never| match never {})
                .chain(stream::iter([Err("gone")]));
            let put = storage.put("broken", broken).await;
            assert!(matches!(put, Err(PutError::Source("gone"))), "{put:?}");
            assert_eq!(read(&storage, "broken", None).await, None);
        }
        let left = walk(folder.path());
        assert!(left.is_empty(), "{left:?}");
    }

    fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
        let entries = std::fs::read_dir(folder).expect("a folder");
        let paths = entries.map(|entry| entry.expect("readable").path());
        paths
            .flat_map(|path| match path.is_dir() {
                true => walk(&path),
                false => vec![path],
            })
            .collect()
    }

    #[test]
    fn what_cannot_be_used_is_said_at_once() {
        assert!(open("").expect("none").is_none());
        assert!(open("s3://bucket/prefix").expect("usable").is_some());
        for (url, why) in [
            ("files", "relative URL"),
            ("file:///dev/null/files", "Not a directory"),
            ("gopher://x", "file:///folder or s3://bucket"),
            ("memory:///", "file:///folder or s3://bucket"),
        ] {
            let error = open(url).expect_err(url).to_string();
            assert!(error.contains(why) && error.contains(url), "{error}");
        }
        let error = open_with("s3://bucket", &["aws_reggion"]).expect_err("a mistake");
        assert!(error.to_string().contains("aws_reggion"), "{error}");
    }
}
