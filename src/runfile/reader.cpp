#include "runfile/reader.hpp"

#include <cerrno>
#include <fstream>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include <cppworker/exception.hpp>

#include "runfile/block.hpp"

namespace cppworker::runfile {
namespace {

/// Throws Error if the bytes do not begin with the first line of a run file.
void check_first_line(std::string_view bytes) {
  if (bytes.starts_with(kFirstLine)) return;
  const std::string_view name = kFirstLine.substr(0, kFirstLine.rfind(' ') + 1);
  if (!bytes.starts_with(name)) {
    throw Error("it is not a run file: it does not begin with '" +
                std::string(name.substr(0, name.size() - 1)) + "'");
  }
  std::string_view version = bytes.substr(name.size(), 20);
  version = version.substr(0, version.find_first_not_of("0123456789"));
  throw Error(
      fmt::format("its format has the version '{}'; this program reads version 1. Use the "
                  "cpp-worker that wrote "
                  "the file, or a later one",
                  version));
}

}  // namespace

std::string read_bytes(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::string bytes;
  constexpr std::size_t kPiece = std::size_t{1} << 20U;
  while (in) {
    const std::size_t size = bytes.size();
    bytes.resize(size + kPiece);
    in.read(bytes.data() + size, kPiece);
    bytes.resize(size + static_cast<std::size_t>(in.gcount()));
  }
  if (!in.eof() || in.bad()) {
    throw Error(fmt::format("Can't read {}: {}", file, std::system_category().message(errno)));
  }
  return bytes;
}

Reader::Reader(std::string bytes, Decoder::CountsPerSecond per_second)
    : bytes_(std::move(bytes)), offset_(kFirstLine.size()), decoder_(per_second) {
  check_first_line(bytes_);
}

std::optional<Record> Reader::next() {
  while (offset_ < bytes_.size()) {
    const std::optional<FoundBlock> block = find_block(bytes_, offset_);
    if (!block) {
      damage_.push_back({offset_, bytes_.size(), "the last block is incomplete or damaged"});
      offset_ = bytes_.size();
      return std::nullopt;
    }
    if (block->begin > offset_) {
      damage_.push_back({offset_, block->begin, "a block is damaged"});
    }
    offset_ = block->end;
    try {
      if (std::optional<Record> record = decoder_.decode(block->content)) return record;
    } catch (const Error& error) {
      damage_.push_back(
          {block->begin, block->end, fmt::format("a block has wrong content: {}", error.what())});
    }
  }
  return std::nullopt;
}

}  // namespace cppworker::runfile
