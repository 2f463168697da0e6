// What a master sends, and files.

#include <cstddef>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include <cppworker/exception.hpp>
#include <cppworker/json.hpp>
#include <cppworker/value.hpp>

#include "app/config_file.hpp"
#include "fuzz/targets.hpp"
#include "protocol/decode.hpp"
#include "protocol/packer.hpp"
#include "protocol/value_codec.hpp"
#include "runfile/reader.hpp"
#include "stats/merge.hpp"
#include "text/python_repr.hpp"
#include "text/utf8.hpp"
#include "user/tools/csv.hpp"

namespace cppworker::fuzz {

void master_message(std::string_view bytes) {
  const Exact message(bytes);
  (void)protocol::decode(message.view());
  const auto value = protocol::unpack_value(message.view());
  if (!value) return;
  protocol::Packer packer;
  protocol::pack_value(packer, value.value());
  require(protocol::unpack_value(std::move(packer).take()).ok(),
          "what can be received can be sent");
}

void texts(std::string_view bytes) {
  const Exact exact(bytes);
  const std::string text = text::to_utf8(exact.view());
  require(text::is_utf8(text), "to_utf8() makes UTF-8");
  require(text::to_utf8(text) == text, "to_utf8() keeps UTF-8");
  require(text::is_utf8(exact.view()) == (text == exact.view()),
          "to_utf8() changes only what is not UTF-8");
  const std::string repr = text::python_repr(text);
  require(text::is_utf8(repr), "python_repr() makes UTF-8");
  require(text::from_python_repr(repr) == text,
          "from_python_repr() reads what python_repr() writes");
}

void json(std::string_view bytes) {
  const Exact exact(bytes);
  try {
    const std::string written = to_json(parse_json(exact.view()));
    require(text::is_utf8(written), "to_json() makes UTF-8");
    require(to_json(parse_json(written)) == written, "parse_json() reads what to_json() writes");
  } catch (const std::exception&) {
    return;  // JSONDecodeError for invalid JSON
  }
}

void config_file(std::string_view bytes) {
  for (const auto& parse : {app::parse_toml, +[](std::string_view text, std::string name) {
                              return std::optional(app::parse_conf(text, std::move(name)));
                            }}) {
    try {
      (void)parse(bytes, "file");
    } catch (const Error&) {
      continue;  // the run ends with this text
    }
  }
}

void csv(std::string_view bytes) {
  const Exact exact(bytes);
  try {
    const detail::CsvTable table(exact.view(), ',', {});
    for (std::size_t row = 0; row < table.rows(); ++row) {
      for (std::size_t column = 0; column < table.columns().size(); ++column) {
        require(table.cell(row, column).size() <= bytes.size(), "cells are parts of the file");
      }
    }
  } catch (const Error&) {
    return;  // the text has the line
  }
}

void run_file(std::string_view bytes) {
  try {
    runfile::Reader reader{std::string(bytes)};
    stats::StatsIncrement sum;
    while (auto record = reader.next()) {
      if (auto* seconds = std::get_if<runfile::Seconds>(&*record))
        stats::merge(sum, std::move(seconds->increment));
    }
    for (const auto& damage : reader.damage()) {
      require(damage.begin < damage.end && damage.end <= bytes.size(),
              "damage is inside of the file");
    }
  } catch (const Error&) {
    return;  // not a run file
  }
}

}  // namespace cppworker::fuzz
