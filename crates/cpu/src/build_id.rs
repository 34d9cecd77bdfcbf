//! The name that the linker gave to the module that this code lies in.
//!
//! It is a hash of the module's content, the code generator included, so equal names mean equal
//! object code. A hash of source files would not do: a file that is edited while a build runs may
//! be compiled in one state and hashed in another.

use std::ffi::c_void;

const BUILD_ID: u32 = 3;
const OWNER: &[u8; 4] = b"GNU\0";

struct Search {
    /// An address in the module.
    place: u64,
    found: Option<Vec<u8>>,
}

/// The module's build ID, if the linker gave one.
pub(crate) fn build_id() -> Option<Vec<u8>> {
    let mut search = Search { place: build_id as fn() -> _ as usize as u64, found: None };
    // SAFETY: the callback gets the search, which outlives the call.
    unsafe { libc::dl_iterate_phdr(Some(visit), (&raw mut search).cast()) };
    search.found
}

/// Looks at one module; 1 ends the search.
unsafe extern "C" fn visit(info: *mut libc::dl_phdr_info, _: usize, search: *mut c_void) -> i32 {
    // SAFETY: the C library passes a module that stays loaded during the call.
    let info = unsafe { &*info };
    // SAFETY: `build_id` passes its search.
    let search = unsafe { &mut *search.cast::<Search>() };
    // SAFETY: a module has as many headers as it says.
    let headers =
        unsafe { std::slice::from_raw_parts(info.dlpi_phdr, usize::from(info.dlpi_phnum)) };
    let holds = |h: &libc::Elf64_Phdr| {
        let start = info.dlpi_addr.wrapping_add(h.p_vaddr);
        h.p_type == libc::PT_LOAD && (start..start + h.p_memsz).contains(&search.place)
    };
    if !headers.iter().any(holds) {
        return 0;
    }
    let notes = headers.iter().filter(|h| h.p_type == libc::PT_NOTE);
    search.found = notes
        .map(|h| {
            let start = info.dlpi_addr.wrapping_add(h.p_vaddr) as *const u8;
            // SAFETY: a segment of notes is loaded whole.
            unsafe { std::slice::from_raw_parts(start, h.p_memsz as usize) }
        })
        .find_map(id_in);
    1
}

/// The build ID among notes: each has the sizes of owner and content, a type, and then both, padded
/// to four bytes.
fn id_in(mut notes: &[u8]) -> Option<Vec<u8>> {
    loop {
        let (header, rest) = notes.split_first_chunk::<12>()?;
        let number = |k: usize| u32::from_ne_bytes([0, 1, 2, 3].map(|byte| header[4 * k + byte]));
        let (owner, content) = (number(0) as usize, number(1) as usize);
        let (owner, rest) = rest.split_at_checked(owner.next_multiple_of(4))?;
        let (padded, rest) = rest.split_at_checked(content.next_multiple_of(4))?;
        if number(2) == BUILD_ID && owner == OWNER {
            return Some(padded[..content].to_vec());
        }
        notes = rest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use object::Object;

    #[test]
    fn the_id_is_that_of_the_file() {
        let file = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        let file = object::File::parse(&*file).unwrap();
        assert_eq!(build_id().as_deref(), file.build_id().unwrap());
        assert!(build_id().is_some_and(|id| id.len() >= 8));
    }

    #[test]
    fn another_note_may_come_first() {
        let note = |kind: u32, content: &[u8]| {
            let sizes = [4, content.len() as u32, kind].map(u32::to_ne_bytes).concat();
            let mut padded = content.to_vec();
            padded.resize(content.len().next_multiple_of(4), 0);
            [&sizes[..], OWNER, &padded].concat()
        };
        let notes = [note(1, b"linux"), note(BUILD_ID, b"name")].concat();
        assert_eq!(id_in(&notes).as_deref(), Some(&b"name"[..]));
        assert_eq!(id_in(&note(1, b"linux")), None);
        assert_eq!(id_in(&notes[..10]), None);
    }
}
