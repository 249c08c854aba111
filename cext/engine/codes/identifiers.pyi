# Every door of this room is compiled.
