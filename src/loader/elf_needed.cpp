#include "loader/elf_needed.hpp"

#include <bit>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string_view>

#include <elf.h>
#include <link.h>

namespace cppworker::loader {
namespace {

using Header = ElfW(Ehdr);
using Segment = ElfW(Phdr);
using Entry = ElfW(Dyn);

/// A copy of the T at `offset`; none if it is beyond the end. The file may be damaged.
template <class T>
std::optional<T> read(std::string_view file, std::uint64_t offset) {
  if (offset > file.size() || file.size() - offset < sizeof(T)) return std::nullopt;
  T value;
  std::memcpy(&value, file.data() + offset, sizeof(T));
  return value;
}

bool is_shared_object(const Header& header) {
  const auto word_class = sizeof(void*) == 8 ? ELFCLASS64 : ELFCLASS32;
  const auto byte_order = std::endian::native == std::endian::little ? ELFDATA2LSB : ELFDATA2MSB;
  return std::memcmp(header.e_ident, ELFMAG, SELFMAG) == 0 &&
         header.e_ident[EI_CLASS] == word_class && header.e_ident[EI_DATA] == byte_order &&
         header.e_type == ET_DYN && header.e_phentsize == sizeof(Segment);
}

std::vector<Segment> segments(std::string_view file, const Header& header) {
  std::vector<Segment> found;
  for (std::size_t i = 0; i < header.e_phnum; ++i) {
    if (auto segment = read<Segment>(file, header.e_phoff + i * sizeof(Segment))) {
      found.push_back(*segment);
    }
  }
  return found;
}

/// The offset of a virtual address in the file.
std::optional<std::uint64_t> file_offset(const std::vector<Segment>& all, std::uint64_t address) {
  for (const auto& segment : all) {
    if (segment.p_type == PT_LOAD && address >= segment.p_vaddr &&
        address - segment.p_vaddr < segment.p_filesz) {
      return segment.p_offset + (address - segment.p_vaddr);
    }
  }
  return std::nullopt;
}

std::string text_at(std::string_view file, std::uint64_t offset) {
  if (offset >= file.size()) return {};
  const auto rest = file.substr(offset);
  return std::string(rest.substr(0, rest.find('\0')));
}

}  // namespace

std::optional<std::vector<std::string>> elf_needed(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  const std::string file{std::istreambuf_iterator<char>(stream), {}};
  const auto header = read<Header>(file, 0);
  if (!header || !is_shared_object(*header)) return std::nullopt;

  const auto all = segments(file, *header);
  std::vector<std::uint64_t> names;
  std::optional<std::uint64_t> strings;
  for (const auto& segment : all) {
    if (segment.p_type != PT_DYNAMIC) continue;
    for (std::uint64_t at = 0; at < segment.p_filesz; at += sizeof(Entry)) {
      const auto entry = read<Entry>(file, segment.p_offset + at);
      if (!entry || entry->d_tag == DT_NULL) break;
      if (entry->d_tag == DT_NEEDED) names.push_back(entry->d_un.d_val);
      if (entry->d_tag == DT_STRTAB) strings = file_offset(all, entry->d_un.d_ptr);
    }
  }
  if (!strings) return std::nullopt;
  std::vector<std::string> needed;
  needed.reserve(names.size());
  for (const auto name : names) needed.push_back(text_at(file, *strings + name));
  return needed;
}

}  // namespace cppworker::loader
