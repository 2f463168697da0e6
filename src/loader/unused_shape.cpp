#include "loader/unused_shape.hpp"

#include <iterator>
#include <regex>

namespace cppworker::loader {

std::string unused_shape(const SourceText& source) {
  if (source.find_word("CPPWORKER_SHAPE") != std::string::npos) return "";
  static const std::regex derived(
      R"((?:struct|class)\s+(\w+)(?:\s+final)?\s*:[^;{]*\bLoadTestShape\s*[,{])");
  std::string name;
  const auto code = source.code();
  for (std::cregex_iterator match(code.data(), code.data() + code.size(), derived), end;
       match != end; ++match) {
    name = (*match)[1];
  }
  return name;
}

}  // namespace cppworker::loader
