"""Compressed streams: which codec a file has, its bytes decompressed, and writers.

Never more than a piece of the file is in memory. Each reader goes through all members, frames or
streams that were put one behind another, checks what the codec can check, and raises `DataError`
with the offset in the compressed file where it is broken or ends too early.
"""

from __future__ import annotations

import bz2
import io
import zlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, BinaryIO, TypeAlias

from hadoopjobs.core.errors import ConfigError, DataError

if TYPE_CHECKING:
    from collections.abc import Mapping

_PIECE_BYTES = 256 * 1024
_INPUT_BYTES = 64 * 1024
_HADOOP_BLOCK_BYTES = 128 * 1024  # Hadoop's own readers hold 256 KiB
_ZSTD_FLUSH_BYTES = 1 << 20  # a flush ends a block, so not after each small write
_LARGEST_HADOOP_BLOCK = 256 * 1024 * 1024
_SNAPPY_STREAM = b"\xff\x06\x00\x00sNaPpY"
_LZ4_FRAMES = (b"\x04\x22\x4d\x18", b"\x02\x21\x4c\x18")

_EXTENSIONS = {
    "gzip": ".gz",
    "bzip2": ".bz2",
    "zstd": ".zst",
    "lz4": ".lz4",
    "snappy": ".snappy",
    "deflate": ".deflate",
}
_CODECS = {extension: name for name, extension in _EXTENSIONS.items()}
_ALIASES = {"gz": "gzip", "bz2": "bzip2", "zst": "zstd", "zlib": "deflate"}


def codec_by_extension(uri: str) -> str | None:
    """The codec that the name of a file tells; None if it tells none.

    >>> codec_by_extension("logs/2024.01/part-0.GZ"), codec_by_extension("logs.gz/part-0")
    ('gzip', None)
    """
    name = uri.rpartition("/")[2]
    return _CODECS.get("." + name.rpartition(".")[2].lower()) if "." in name else None


def codec_named(name: object) -> str | None:
    """The codec that option `compression` asks for. Raises `ConfigError` for an unknown one."""
    if name is None or name in ("", "none"):
        return None
    codec = _ALIASES.get(str(name), str(name))
    if codec not in _EXTENSIONS:
        known = ", ".join([*sorted(_EXTENSIONS), "none"])
        raise ConfigError(f"unknown compression {name!r}: choose one of {known}")
    return codec


def extension_of(codec: str | None) -> str:
    """What Hadoop puts behind the name of a file that `codec` wrote, as in `.gz`."""
    return "" if codec is None else _EXTENSIONS[codec]


class Source:
    """A compressed stream that is read from front to back, and knows how far."""

    def __init__(self, stream: BinaryIO, uri: str) -> None:
        self._stream = stream
        self.uri = uri
        self.offset = 0

    def piece(self) -> bytes:
        data = self._stream.read(_INPUT_BYTES)
        self.offset += len(data)
        return data

    def take(self, count: int, what: str) -> bytes:
        """Exactly `count` bytes, which may be less only where nothing is left."""
        parts, missing = [], count
        while missing and (part := self._stream.read(min(missing, 1 << 20))):
            parts.append(part)
            missing -= len(part)
        if missing and (parts or what):
            raise self.broken(f"the file ends within {what or 'a length'}")
        self.offset += count - missing
        return b"".join(parts)

    def broken(self, message: str, unread: int = 0) -> DataError:
        return DataError(message, uri=self.uri, offset=self.offset - unread)


def decompressed(stream: BinaryIO, codec: str, uri: str) -> Iterator[bytes]:
    """The bytes of `stream` from its beginning, in pieces of about 256 KiB, none empty."""
    return _READERS[codec](stream, uri)


def decompress_bytes(codec: str, data: bytes, uri: str) -> bytes:
    """All of `data` decompressed at once."""
    return b"".join(decompressed(io.BytesIO(data), codec, uri))


def _read_gzip(stream: BinaryIO, uri: str) -> Iterator[bytes]:
    return _read_members(Source(stream, uri), zlib.MAX_WBITS | 16, "gzip")


def _read_deflate(stream: BinaryIO, uri: str) -> Iterator[bytes]:
    return _read_members(Source(stream, uri), zlib.MAX_WBITS, "zlib")


def _read_members(source: Source, window_bits: int, what: str) -> Iterator[bytes]:
    unread = source.piece()
    while unread:
        member = zlib.decompressobj(window_bits)
        while True:
            try:
                piece = member.decompress(unread, _PIECE_BYTES)
            except zlib.error as error:
                raise source.broken(f"damaged {what} data: {error}", len(unread)) from error
            unread = member.unconsumed_tail
            if piece:
                yield piece
            if member.eof:
                break
            if not unread and len(piece) < _PIECE_BYTES:
                unread = source.piece()
                if not unread:
                    raise source.broken(f"the file ends within its {what} data: it was cut short")
        unread = _behind_member(source, member.unused_data)


def _behind_member(source: Source, unused: bytes) -> bytes:
    """What follows a member, padding with zeros left out."""
    unused = unused.lstrip(b"\0")
    while not unused:
        piece = source.piece()
        if not piece:
            return b""
        unused = piece.lstrip(b"\0")
    return unused


def _read_bzip2(stream: BinaryIO, uri: str) -> Iterator[bytes]:
    source = Source(stream, uri)
    unread = source.piece()
    while unread:
        member = bz2.BZ2Decompressor()
        while not member.eof:
            if member.needs_input and not unread:
                unread = source.piece()
                if not unread:
                    raise source.broken("the file ends within its bzip2 data: it was cut short")
            try:
                piece = member.decompress(unread, _PIECE_BYTES)
            except (OSError, ValueError) as error:
                raise source.broken(f"damaged bzip2 data: {error}", len(unread)) from error
            unread = b""
            if piece:
                yield piece
        unread = member.unused_data or source.piece()


def _read_with_arrow(stream: BinaryIO, uri: str, codec: str) -> Iterator[bytes]:
    import pyarrow as pa

    source = _ErrorKeeper(stream)
    unpacked = pa.CompressedInputStream(pa.PythonFile(source, mode="r"), codec)
    while True:
        try:
            piece = unpacked.read(_PIECE_BYTES)
        except (OSError, pa.ArrowException) as error:
            if source.error is not None:
                raise source.error from None
            message = f"damaged {codec} data, or cut short: {error}"
            raise DataError(message, uri=uri, offset=source.offset) from error
        if not piece:
            return
        yield piece


class _ErrorKeeper(io.RawIOBase):
    """Passes reads on; keeps what they raise, which Arrow would wrap."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.offset = 0
        self.error: BaseException | None = None

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        try:
            data = self._stream.read(size)
        except BaseException as error:
            self.error = error
            raise
        self.offset += len(data)
        return data


def _read_zstd(stream: BinaryIO, uri: str) -> Iterator[bytes]:
    return _read_with_arrow(stream, uri, "zstd")


def _read_lz4(stream: BinaryIO, uri: str) -> Iterator[bytes]:
    """Either lz4 frames or the blocks of Hadoop's Lz4Codec."""
    head, whole = _peek(stream, 4)
    if head == _LZ4_FRAMES[1]:
        raise DataError("lz4's legacy frames are not supported: compress it again", uri=uri)
    if head == _LZ4_FRAMES[0]:
        return _read_with_arrow(whole, uri, "lz4")
    return _read_hadoop_blocks(Source(whole, uri), "lz4", _unpack_lz4)


def _read_snappy(stream: BinaryIO, uri: str) -> Iterator[bytes]:
    """Either snappy's own framing or the blocks of Hadoop's SnappyCodec."""
    head, whole = _peek(stream, len(_SNAPPY_STREAM))
    if head == _SNAPPY_STREAM:
        return _read_snappy_frames(Source(whole, uri))
    return _read_hadoop_blocks(Source(whole, uri), "snappy", _unpack_snappy)


def _peek(stream: BinaryIO, count: int) -> tuple[bytes, BinaryIO]:
    head = stream.read(count)
    stream.seek(-len(head), io.SEEK_CUR)
    return head, stream


def _read_hadoop_blocks(
    source: Source, what: str, unpack: Callable[[bytes, int], bytes]
) -> Iterator[bytes]:
    """Blocks of Hadoop's BlockCompressorStream: the length of the block's data, then chunks, each
    with its compressed length, until they give that many bytes. Lengths are big-endian int32.

    Source: Hadoop, org.apache.hadoop.io.compress.BlockDecompressorStream.
    """
    while header := source.take(4, ""):
        missing = int.from_bytes(header, "big", signed=True)
        if not 0 <= missing <= _LARGEST_HADOOP_BLOCK:
            raise source.broken(f"no {what} data of Hadoop: a block of {missing} bytes", 4)
        while missing:
            length = int.from_bytes(source.take(4, f"a {what} block"), "big", signed=True)
            if not 0 < length <= _LARGEST_HADOOP_BLOCK:
                raise source.broken(f"damaged {what} data: a chunk of {length} bytes", 4)
            chunk = source.take(length, f"a {what} chunk")
            try:
                piece = unpack(chunk, missing)
            except Exception as error:  # cramjam's own, and it tells no more than its text
                raise source.broken(f"damaged {what} data: {error}", length) from error
            if not piece or len(piece) > missing:
                raise source.broken(f"damaged {what} data: a chunk of the wrong size", length)
            missing -= len(piece)
            yield piece


def _unpack_lz4(chunk: bytes, limit: int) -> bytes:
    import cramjam

    largest = min(limit, 255 * len(chunk) + 16)  # the most that lz4 can pack
    buffer = bytearray(largest)  # decompress_block would pad what is shorter with zeros
    count = cramjam.lz4.decompress_block_into(chunk, buffer, output_len=largest)
    return bytes(memoryview(buffer)[:count])


def _unpack_snappy(chunk: bytes, limit: int) -> bytes:
    import cramjam

    if cramjam.snappy.decompress_raw_len(chunk) > limit:
        raise ValueError("a chunk holds more than its block")
    return bytes(cramjam.snappy.decompress_raw(chunk))


def _read_snappy_frames(source: Source) -> Iterator[bytes]:
    """Source: the framing format in snappy's repository, framing_format.txt."""
    import cramjam

    while head := source.take(4, ""):
        kind, length = head[0], int.from_bytes(head[1:], "little")
        body = source.take(length, "a snappy frame") if length else b""
        if kind in (0x00, 0x01):
            try:  # with its checksum
                piece = bytes(cramjam.snappy.decompress(_SNAPPY_STREAM + head + body))
            except Exception as error:  # cramjam's own
                raise source.broken(f"damaged snappy data: {error}", length) from error
            if piece:
                yield piece
        elif kind < 0x80 or (kind == 0xFF and head + body != _SNAPPY_STREAM):
            raise source.broken(f"damaged snappy data: a frame of kind {kind}", length + 4)


_READERS: Mapping[str, Callable[[BinaryIO, str], Iterator[bytes]]] = {
    "gzip": _read_gzip,
    "bzip2": _read_bzip2,
    "zstd": _read_zstd,
    "lz4": _read_lz4,
    "snappy": _read_snappy,
    "deflate": _read_deflate,
}


class Sink(ABC):
    """Takes bytes and writes them, perhaps compressed, to a stream that it does not close."""

    @abstractmethod
    def write(self, data: bytes) -> None: ...

    @abstractmethod
    def close(self) -> None:
        """Write what is held back and the end that the codec wants."""


def open_compressor(stream: BinaryIO, codec: str | None) -> Sink:
    """A sink that compresses with `codec`, None for not at all, the way Hadoop's codecs do."""
    return _PlainSink(stream) if codec is None else _WRITERS[codec](stream)


def compress_bytes(codec: str, data: bytes) -> bytes:
    """`data` compressed at once, as a whole stream of its own."""
    buffer = io.BytesIO()
    sink = open_compressor(buffer, codec)
    sink.write(data)
    sink.close()
    return buffer.getvalue()


class _PlainSink(Sink):
    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def write(self, data: bytes) -> None:
        self._stream.write(data)

    def close(self) -> None:
        pass


_Compress: TypeAlias = Callable[[bytes], bytes]
_Finish: TypeAlias = Callable[[], bytes]


class _StreamSink(Sink):
    """Over a compressor that gives what it has ready, and the rest at the end."""

    def __init__(self, stream: BinaryIO, compress: _Compress, finish: _Finish) -> None:
        self._stream = stream
        self._compress = compress
        self._finish = finish

    def write(self, data: bytes) -> None:
        self._stream.write(self._compress(data))

    def close(self) -> None:
        self._stream.write(self._finish())


class _BlockSink(Sink):
    """Blocks of Hadoop's BlockCompressorStream, one chunk each."""

    def __init__(self, stream: BinaryIO, pack: Callable[[bytes], bytes]) -> None:
        self._stream = stream
        self._pack = pack
        self._held = bytearray()

    def write(self, data: bytes) -> None:
        self._held += data
        full = len(self._held) - len(self._held) % _HADOOP_BLOCK_BYTES
        self._flush(full)

    def close(self) -> None:
        self._flush(len(self._held))

    def _flush(self, count: int) -> None:
        for start in range(0, count, _HADOOP_BLOCK_BYTES):
            block = bytes(self._held[start : min(count, start + _HADOOP_BLOCK_BYTES)])
            packed = self._pack(block)
            self._stream.write(b"%b%b%b" % (_int32(len(block)), _int32(len(packed)), packed))
        del self._held[:count]


def _int32(number: int) -> bytes:
    return number.to_bytes(4, "big")


def _write_gzip(stream: BinaryIO) -> Sink:
    packer = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
    return _StreamSink(stream, packer.compress, packer.flush)


def _write_deflate(stream: BinaryIO) -> Sink:
    packer = zlib.compressobj()
    return _StreamSink(stream, packer.compress, packer.flush)


def _write_bzip2(stream: BinaryIO) -> Sink:
    packer = bz2.BZ2Compressor()
    return _StreamSink(stream, packer.compress, packer.flush)


def _write_zstd(stream: BinaryIO) -> Sink:
    import cramjam

    packer, waiting = cramjam.zstd.Compressor(), 0

    def compress(data: bytes) -> bytes:
        nonlocal waiting
        packer.compress(data)
        waiting += len(data)
        if waiting < _ZSTD_FLUSH_BYTES:
            return b""
        waiting = 0
        return bytes(packer.flush())

    return _StreamSink(stream, compress, lambda: bytes(packer.finish()))


def _write_lz4(stream: BinaryIO) -> Sink:
    import cramjam

    return _BlockSink(
        stream, lambda data: bytes(cramjam.lz4.compress_block(data, store_size=False))
    )


def _write_snappy(stream: BinaryIO) -> Sink:
    import cramjam

    return _BlockSink(stream, lambda data: bytes(cramjam.snappy.compress_raw(data)))


_WRITERS: Mapping[str, Callable[[BinaryIO], Sink]] = {
    "gzip": _write_gzip,
    "bzip2": _write_bzip2,
    "zstd": _write_zstd,
    "lz4": _write_lz4,
    "snappy": _write_snappy,
    "deflate": _write_deflate,
}
