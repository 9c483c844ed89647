"""Generated sets on disk: layout, writer, reader, exports, sheets."""
