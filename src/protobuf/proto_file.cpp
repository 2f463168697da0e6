#include <filesystem>
#include <fstream>
#include <optional>
#include <utility>

#include <google/protobuf/compiler/importer.h>
#include <google/protobuf/descriptor_database.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <cppworker/exception.hpp>

#include "protobuf/definitions.hpp"

namespace cppworker::protobuf {

namespace pb = google::protobuf;
namespace fs = std::filesystem;

namespace {

/// Collects the errors of the parser, as lines "shop.proto:3:9: …".
class FileErrors final : public pb::compiler::MultiFileErrorCollector {
 public:
  void AddError(const std::string& file, int line, int column,
                const std::string& message) override {
    const bool is_import = message.starts_with("Import ");
    if (line < 0) {
      if (message == "File not found.") missing.push_back(file);
    } else if (missing.empty() || is_import) {  // else it may follow from the missing file
      text += "\n" + file + ":" + std::to_string(line + 1) + ":" + std::to_string(column + 1) +
              ": " + message;
    }
  }
  std::string text;
  std::vector<std::string> missing;
};

/// Has one file in memory.
class TextTree final : public pb::compiler::SourceTree {
 public:
  static constexpr const char* kName = "text.proto";
  explicit TextTree(std::string_view text) : text_(text) {}
  pb::io::ZeroCopyInputStream* Open(const std::string& name) override {
    if (name != kName) return nullptr;
    return new pb::io::ArrayInputStream(text_.data(), static_cast<int>(text_.size()));  // NOLINT
  }

 private:
  std::string_view text_;
};

template <class Tree>
struct TreeSource {
  template <class... Arguments>
  explicit TreeSource(Arguments&&... arguments) : tree(std::forward<Arguments>(arguments)...) {
    database.RecordErrorsTo(&errors);
  }
  FileErrors errors;
  Tree tree;
  pb::DescriptorPoolDatabase builtin{*pb::DescriptorPool::generated_pool()};
  pb::compiler::SourceTreeDescriptorDatabase database{&tree, &builtin};
  pb::DescriptorPool pool{&database, database.GetValidationErrorCollector()};
};

std::string listed(const std::vector<std::string>& words) {
  std::string list;
  for (const std::string& word : words) list.append(list.empty() ? "" : ", ").append(word);
  return list;
}

}  // namespace

Definitions definitions_of_proto(const std::string& file, const std::vector<std::string>& folders) {
  if (!std::ifstream(file)) {
    throw Error("GrpcDynamic: could not read '" + fs::absolute(file).native() +
                "'. A relative path begins at the current directory");
  }
  auto parts = std::make_shared<TreeSource<pb::compiler::DiskSourceTree>>();
  for (const std::string& folder : folders) {
    if (!fs::is_directory(folder)) {
      throw Error("GrpcDynamic: the folder of imports '" + folder + "' does not exist");
    }
    parts->tree.MapPath("", folder);
  }
  const fs::path own_folder = fs::path(file).parent_path();
  parts->tree.MapPath("", own_folder.empty() ? "." : own_folder.native());
  // The name that other files would import it by.
  std::string name;
  std::string shadowing;
  using Tree = pb::compiler::DiskSourceTree;
  switch (parts->tree.DiskFileToVirtualFile(file, &name, &shadowing)) {
    case Tree::SUCCESS:
      break;
    case Tree::SHADOWED:
      throw Error("GrpcDynamic: imports would find " + shadowing + " instead of " + file +
                  ". Remove a folder of imports");
    default:
      name = fs::path(file).filename().native();
  }
  const pb::FileDescriptor* const found = parts->pool.FindFileByName(name);
  if (found == nullptr) {
    std::string text = "GrpcDynamic: " + file + " can't be used:" + parts->errors.text;
    if (!parts->errors.missing.empty()) {
      text += "\nThe file " + listed(parts->errors.missing) +
              " was not found. Pass the folder in which the path of the import begins: "
              "GrpcDynamic::proto(\"" +
              file + "\", {\"folder\"})";
    }
    throw Error(text);
  }
  check_well_known(*found, "GrpcDynamic: " + file);
  const pb::DescriptorPool& pool = parts->pool;
  return std::make_shared<detail::GrpcDefinitions>(std::move(parts), pool, std::vector{found});
}

Definitions definitions_of_text(std::string_view text) {
  auto parts = std::make_shared<TreeSource<TextTree>>(text);
  const pb::FileDescriptor* const found = parts->pool.FindFileByName(TextTree::kName);
  if (found == nullptr) throw std::logic_error("GrpcDynamic:" + parts->errors.text);
  const pb::DescriptorPool& pool = parts->pool;
  return std::make_shared<detail::GrpcDefinitions>(std::move(parts), pool, std::vector{found});
}

}  // namespace cppworker::protobuf
