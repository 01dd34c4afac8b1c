//! mimalloc, asked for memory without naming the alignment where it gives that anyway: the way with an alignment is a longer one, and
//! takes more memory where it does not see that a block is aligned already.

use std::alloc::{GlobalAlloc, Layout};

use libmimalloc_sys as mimalloc;

/// What every block of at least so many bytes is aligned to (`MI_MAX_ALIGN_SIZE`).
const ALIGNED: usize = 16;

/// The process's allocator.
pub(crate) struct Allocator;

/// Whether a block for `layout` is aligned as it asks whatever is said about it.
fn is_usual(layout: Layout) -> bool {
    layout.align() <= ALIGNED && layout.align() <= layout.size()
}

// SAFETY: mimalloc keeps to what `GlobalAlloc` demands. A block that is at least as large as its alignment, which is a power of two of at
// most 16, is aligned to it without being asked: smaller ones to their word, all others to 16 bytes.
#[allow(unsafe_code)]
unsafe impl GlobalAlloc for Allocator {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let (size, align) = (layout.size(), layout.align());
        unsafe { if is_usual(layout) { mimalloc::mi_malloc(size) } else { mimalloc::mi_malloc_aligned(size, align) } }
            .cast()
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        let (size, align) = (layout.size(), layout.align());
        unsafe { if is_usual(layout) { mimalloc::mi_zalloc(size) } else { mimalloc::mi_zalloc_aligned(size, align) } }
            .cast()
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, _: Layout) {
        unsafe { mimalloc::mi_free(block.cast()) }
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let align = layout.align();
        let is_usual = is_usual(layout) && align <= size;
        let block = block.cast();
        unsafe {
            if is_usual { mimalloc::mi_realloc(block, size) } else { mimalloc::mi_realloc_aligned(block, size, align) }
        }
        .cast()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(unsafe_code)]
    fn every_block_is_aligned_as_it_was_asked_for() {
        for size in (1..200).chain((200..5_000).step_by(7)).chain([1 << 16, 1 << 20]) {
            for align in [1, 2, 4, 8, 16, 32, 4_096] {
                let layout = Layout::from_size_align(size, align).unwrap();
                // SAFETY: the layouts are not empty, and each block is freed once, with the layout it has by then.
                unsafe {
                    let blocks = [0; 5].map(|_| Allocator.alloc(layout));
                    let blocks = blocks.map(|block| {
                        assert!(block.addr().is_multiple_of(align), "{size} bytes aligned to {align}");
                        Allocator.realloc(block, layout, size * 2 + 1)
                    });
                    for block in blocks {
                        assert!(block.addr().is_multiple_of(align), "{size} bytes aligned to {align} and grown");
                        Allocator.dealloc(block, Layout::from_size_align(size * 2 + 1, align).unwrap());
                    }
                }
            }
        }
    }
}
