// Package hdf5 writes HDF5 files that any reader may open at any moment, and
// that are whole after the writing process was killed.
//
// It writes the oldest form of the format (HDF5 File Format Specification
// version 3.0, The HDF Group: superblock version 0, object headers and B-trees
// version 1), because that one has no checksums: a change shows by writing eight
// bytes or fewer, or one page, and everything that the change points to has
// been written before. So there is no moment at which the file is not valid.
//
//	0     superblock, 96 bytes; the end of the file at 40, the root at 64
//	      objects, in the order in which they were written:
//	        object header   of a group or data set; ends with free room
//	        strings         a global heap collection
//	        lengths         of the columns of a table, side by side in one page
//	        B-tree node     where the chunks of a column are
//	        chunk           rows of a column
//	used  free space, zero, up to the end that the superblock names
//	eof   more free space
//
// The end in the superblock is always ahead of what is used, and the file longer
// still: a reader that has just read the superblock may be led to what was
// written a moment later, and one that has just asked for the length may read the
// superblock only then. [File.Close] cuts that off, but for about 2 MB that are a hole,
// with a mark where it begins.
//
// After a loss of power the file opens, too, and has all entries whose end was
// brought to the disk by Close: what leads to a new one is written when that is on
// the disk. Of one that was growing the last rows may be missing or unreadable.
//
// A [Group] with all its members is added in one step with [File.Add]. The
// columns of a [Table] grow together: [Table.Append] shows a row in all of them or
// in none.
//
// Nothing is locked here and a File belongs to one goroutine. After an error the
// file is closed and opened again; it then is as after a kill.
package hdf5
