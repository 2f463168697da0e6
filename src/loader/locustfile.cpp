#include "loader/locustfile.hpp"

#include <cmath>
#include <map>
#include <string_view>

#include <fmt/format.h>

#include <cppworker/exception.hpp>

#include "loader/abi.hpp"
#include "loader/file_text.hpp"
#include "loader/files.hpp"
#include "loader/shared_object.hpp"
#include "loader/unused_shape.hpp"
#include "user/throw_site.hpp"

namespace cppworker::loader {
namespace {

/// The compiler has checked the attributes that it knows.
void check_attributes(const detail::UserClass& user_class) {
  const detail::ClassAttributes attributes = user_class.attributes();
  if (attributes.weight >= 0 && std::isfinite(attributes.weight) && attributes.fixed_count >= 0 &&
      attributes.iterations >= 0) {
    return;
  }
  throw Error(fmt::format(
      "User class {}: weight is {}, fixed_count is {} and iterations is {}, but they can't be "
      "negative. Correct them in the locustfile, or the environment variables that it reads.",
      user_class.name, attributes.weight, attributes.fixed_count, attributes.iterations));
}

/// Collects the classes of all files. Their names must differ, because the master identifies them
/// by name.
class Collector {
 public:
  void add(const detail::LocustfileRecord& record, detail::InitFunction init,
           const detail::ArgumentsRecord* arguments, const detail::ShapeRecord* shape,
           const detail::FailIfRecord* fail_if, const std::string& file) {
    detail::record_throws_below(&record);
    for (const auto* user_class : record.user_classes) {
      const auto [other, is_new] = file_of_class_.emplace(user_class->name, file);
      if (!is_new) {
        throw Error(fmt::format(
            "Duplicate user class names: {} is defined in both {} and {}. The master identifies "
            "classes by name; rename one of them.",
            user_class->name, other->second, file));
      }
      check_attributes(*user_class);
      all_.user_classes.push_back(user_class);
    }
    if (init != nullptr) all_.init_functions.push_back(init);
    if (arguments != nullptr) {
      all_.arguments.insert(all_.arguments.end(), arguments->arguments.begin(),
                            arguments->arguments.end());
    }
    if (shape != nullptr) add(*shape, file);
    if (fail_if != nullptr) {
      all_.fail_if.insert(all_.fail_if.end(), fail_if->conditions.begin(),
                          fail_if->conditions.end());
    }
  }

  Locustfile take() {
    if (all_.user_classes.empty()) {
      throw Error("No User class found! List your classes in CPPWORKER_LOCUSTFILE(...)");
    }
    return std::move(all_);
  }

 private:
  void add(const detail::ShapeRecord& shape, const std::string& file) {
    if (all_.shape != nullptr) {
      throw Error(fmt::format(
          "More than one load shape: {} is defined in {}, {} in {}. Keep one CPPWORKER_SHAPE.",
          all_.shape->name, file_of_shape_, shape.name, file));
    }
    all_.shape = &shape;
    file_of_shape_ = file;
  }

  Locustfile all_;
  std::string file_of_shape_;
  std::map<std::string_view, std::string> file_of_class_;
};

}  // namespace

Locustfile load(const std::vector<std::string>& files, const LoadOptions& options) {
  Collector collector;
  std::vector<std::string> warnings;
  for (const auto& file : find_locustfiles(files)) {
    auto product = file;
    if (is_source(file)) {
      product = compile(file, options.compile ? *options.compile : default_compile_options());
    }
    const auto loaded = open_shared_object(product, file.native());
    collector.add(*loaded.record, loaded.init, loaded.arguments, loaded.shape, loaded.fail_if,
                  file.native());
    if (product == file || loaded.shape != nullptr) continue;
    if (const auto shape = unused_shape(SourceText(file_text(file))); !shape.empty()) {
      warnings.push_back(fmt::format(
          "{} does not use the load shape {}. Add the line CPPWORKER_SHAPE({}) at its end",
          file.native(), shape, shape));
    }
  }
  Locustfile all = collector.take();
  if (all.shape == nullptr) all.warnings = std::move(warnings);
  return all;
}

Locustfile from_linked(const detail::AbiRecord& abi, const detail::LocustfileRecord& record,
                       detail::InitFunction init, const detail::ArgumentsRecord* arguments,
                       const detail::ShapeRecord* shape, const detail::FailIfRecord* fail_if) {
  constexpr const char* kName = "the locustfile of this executable";
  check_abi(abi, kName);
  Collector collector;
  collector.add(record, init, arguments, shape, fail_if, kName);
  return collector.take();
}

}  // namespace cppworker::loader
