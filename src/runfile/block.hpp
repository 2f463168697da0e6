#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

/// The blocks of which a run file consists (docs/run-file.md).
namespace cppworker::runfile {

/// The first line of a run file. The number is the version of the format.
inline constexpr std::string_view kFirstLine = "cpp-worker run file 1\n";

/// The maximum size of a block's content. It bounds the memory that a damaged file can use.
inline constexpr std::size_t kMaxContent = std::size_t{64} << 20U;

/// A block with this content: marker, length, checksum, and the compressed content.
/// @pre content.size() <= kMaxContent
[[nodiscard]] std::string make_block(std::string_view content);

/// A block that was found in the bytes of a file.
struct FoundBlock {
  std::size_t begin = 0;  ///< offset of its marker
  std::size_t end = 0;
  std::string content;
};

/// Finds the first undamaged block at or after `offset`.
[[nodiscard]] std::optional<FoundBlock> find_block(std::string_view bytes, std::size_t offset);

}  // namespace cppworker::runfile
