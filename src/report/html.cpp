#include "report/html.hpp"

#include <initializer_list>
#include <string_view>
#include <utility>

#include "base/check.hpp"
#include "report/page_data.hpp"
#include "report/page_files.hpp"

namespace cppworker::report {

std::string html_page(const RunReport& report) {
  const std::string data = page_data(report);
  const std::initializer_list<std::pair<std::string_view, std::string_view>> parts = {
      {"{{uplot style}}", page_files::kStyle},
      {"{{style}}", page_files::kOwnStyle},
      {"{{data}}", data},
      {"{{uplot}}", page_files::kUplot},
      {"{{script}}", page_files::kScript}};
  std::string page;
  std::string_view rest = page_files::kHtml;
  for (const auto& [place, text] : parts) {  // in the order of their places
    const std::size_t at = rest.find(place);
    CHECK(at != std::string_view::npos);
    page += rest.substr(0, at);
    page += text;
    rest.remove_prefix(at + place.size());
  }
  return page += rest;
}

}  // namespace cppworker::report
