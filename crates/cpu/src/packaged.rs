//! Object code that comes with a package of Python's, in a folder beside its modules.
//!
//! `python -m stook build` writes the files and nothing changes them afterwards. They are entries
//! of a cache ([`crate::cache`]), whose keys hold the build of this library: another's are never
//! found. A file is taken if nobody can write it who could not write the package's own code.

use crate::cache::{payload_of, read_at_most};
use crate::key::Key;
use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

/// The folder's name.
pub const FOLDER: &str = "__stook__";

const ANY_WRITES: u32 = 0o222;
const GROUP_WRITES: u32 = 0o020;

/// The object code of a key, if it is in the folder of a package and whole.
pub(crate) fn load(package: &Path, key: &Key) -> Option<Vec<u8>> {
    let path = package.join(FOLDER).join(key.file_name());
    let file = OpenOptions::new().read(true).custom_flags(libc::O_NOFOLLOW).open(path).ok()?;
    as_guarded(package, &file)?;
    payload_of(read_at_most(file)?, key)
}

/// Whether only those can write a file who can write in the package's folder.
fn as_guarded(package: &Path, file: &File) -> Option<()> {
    let (package, file) = (fs::metadata(package).ok()?, file.metadata().ok()?);
    let same_group = file.gid() == package.gid() || file.mode() & GROUP_WRITES == 0;
    let more = file.mode() & ANY_WRITES & !package.mode();
    (file.is_file() && file.uid() == package.uid() && same_group && more == 0).then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::entry;
    use crate::test_objects::{Folder, folder};
    use std::os::unix::fs::PermissionsExt;
    use std::path::PathBuf;

    fn written(key: &Key) -> (Folder, PathBuf) {
        let package = folder();
        let path = package.join(FOLDER).join(key.file_name());
        fs::create_dir(package.join(FOLDER)).unwrap();
        fs::write(&path, entry(key, b"code")).unwrap();
        fs::set_permissions(&*package, fs::Permissions::from_mode(0o755)).unwrap();
        (package, path)
    }

    #[test]
    fn a_packages_entry_is_found_and_stays_when_it_is_damaged() {
        let key = Key([7; 32]);
        let (package, path) = written(&key);
        assert_eq!(load(&package, &key).unwrap(), b"code");
        assert_eq!(load(&package, &Key([8; 32])), None);
        let mut bytes = fs::read(&path).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        fs::write(&path, bytes).unwrap();
        assert_eq!(load(&package, &key), None);
        assert!(path.exists());
    }

    #[test]
    fn a_file_that_more_people_can_write_than_the_package_is_not_taken() {
        let key = Key([7; 32]);
        let (package, path) = written(&key);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o646)).unwrap();
        assert_eq!(load(&package, &key), None);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
        assert!(load(&package, &key).is_some());
    }
}
