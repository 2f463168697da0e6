#include "protobuf/definitions.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <google/protobuf/descriptor_database.h>

#include <cppworker/exception.hpp>
#include <cppworker/files.hpp>

#include "protobuf/shown.hpp"

namespace cppworker {

namespace pb = google::protobuf;

namespace detail {

const pb::MethodDescriptor* GrpcDefinitions::find(std::string_view name) const {
  const std::size_t slash = name.rfind('/');
  if (slash == std::string_view::npos) return nullptr;
  const std::string method(name.substr(slash + 1));
  for (const pb::FileDescriptor* const file : files_) {
    for (int i = 0; i < file->service_count(); ++i) {
      if (file->service(i)->full_name() != name.substr(0, slash)) continue;
      return file->service(i)->FindMethodByName(method);
    }
  }
  return nullptr;
}

const std::string* GrpcDefinitions::failure_of(std::string_view name) const {
  const auto found = failures_.find(name.substr(0, name.rfind('/')));
  return found == failures_.end() ? nullptr : &found->second;
}

std::vector<std::string> GrpcDefinitions::methods() const {
  std::vector<std::string> names;
  for (const pb::FileDescriptor* const file : files_) {
    for (int i = 0; i < file->service_count(); ++i) {
      const pb::ServiceDescriptor& service = *file->service(i);
      for (int at = 0; at < service.method_count(); ++at) {
        names.push_back(std::string(service.full_name()) + "/" +
                        std::string(service.method(at)->name()));
      }
    }
  }
  return names;
}

}  // namespace detail

namespace protobuf {

namespace {

/// Collects the errors of a pool.
class PoolErrors final : public pb::DescriptorPool::ErrorCollector {
 public:
  void AddError(const std::string& file, const std::string& element, const pb::Message* /*part*/,
                ErrorLocation /*place*/, const std::string& message) override {
    constexpr std::size_t kMost = 20;
    if (++count > kMost) return;
    text += "\n" + shown(file) + ": " + shown(element) + ": " + shown(message);
  }
  std::size_t count = 0;
  std::string text;
};

/// Complete files. What libprotobuf has itself (google/protobuf/timestamp.proto) may be missing.
struct FilesSource {
  PoolErrors errors;
  pb::SimpleDescriptorDatabase own;
  pb::DescriptorPoolDatabase builtin{*pb::DescriptorPool::generated_pool()};
  pb::MergedDescriptorDatabase merged{&own, &builtin};
  pb::DescriptorPool pool{&merged, &errors};
};

/// Leaves what decides how the type is encoded. Files of different versions of protoc differ in the
/// rest: names for JSON, options, reserved numbers.
void keep_encoding(pb::DescriptorProto& type) {
  const bool is_map_entry = type.options().map_entry();
  type.clear_options();
  type.mutable_options()->set_map_entry(is_map_entry);
  type.clear_reserved_range();
  type.clear_reserved_name();
  for (pb::FieldDescriptorProto& field : *type.mutable_field()) {
    field.clear_json_name();
    field.clear_options();
  }
  for (pb::OneofDescriptorProto& oneof : *type.mutable_oneof_decl()) oneof.clear_options();
  for (pb::DescriptorProto& nested : *type.mutable_nested_type()) keep_encoding(nested);
}

std::string definition_of(const pb::Descriptor& type) {
  pb::DescriptorProto definition;
  type.CopyTo(&definition);
  keep_encoding(definition);
  return definition.SerializeAsString();
}

/// Throws Error if the files import each other in a circle or too deep: protobuf reads the imports
/// of a file recursively.
void check_imports(const std::map<std::string, const pb::FileDescriptorProto*>& files,
                   const std::string& source) {
  constexpr int kMostLevels = 100;
  std::set<std::string> done;
  for (int level = 0; level < kMostLevels && done.size() < files.size(); ++level) {
    std::vector<std::string> next;
    for (const auto& [name, file] : files) {
      const auto is_done = [&](const std::string& import) {
        return done.contains(import) || !files.contains(import);
      };
      if (!done.contains(name) && std::ranges::all_of(file->dependency(), is_done)) {
        next.push_back(name);
      }
    }
    done.insert(next.begin(), next.end());
  }
  if (done.size() < files.size()) {
    throw Error(source + " can't be used: its imports are a circle, or nested more than " +
                std::to_string(kMostLevels) + " deep");
  }
}

}  // namespace

void check_well_known(const pb::FileDescriptor& file, const std::string& source) {
  std::set<const pb::FileDescriptor*> seen{&file};
  std::vector<const pb::FileDescriptor*> left{&file};
  while (!left.empty()) {
    const pb::FileDescriptor& next = *left.back();
    left.pop_back();
    for (int i = 0; i < next.dependency_count(); ++i) {
      if (seen.insert(next.dependency(i)).second) left.push_back(next.dependency(i));
    }
    for (int i = 0; i < next.message_type_count(); ++i) {
      const pb::Descriptor& type = *next.message_type(i);
      if (type.well_known_type() == pb::Descriptor::WELLKNOWNTYPE_UNSPECIFIED) continue;
      const auto* const builtin =
          pb::DescriptorPool::generated_pool()->FindMessageTypeByName(type.full_name());
      if (builtin == nullptr || definition_of(type) != definition_of(*builtin)) {
        throw Error(source + " can't be used: its file " + shown(next.name()) + " defines " +
                    type.full_name() + " in another way than protobuf does");
      }
    }
  }
}

namespace {

using detail::GrpcServiceFailures;

/// Notes in `failures` why the services of a file can't be called. Throws Error if it is null.
void refuse_file(const pb::FileDescriptorProto& file, const std::string& why,
                 GrpcServiceFailures* failures) {
  if (failures == nullptr) throw Error(why);
  for (const pb::ServiceDescriptorProto& service : file.service()) {
    const std::string package = file.package().empty() ? "" : file.package() + ".";
    (*failures)[package + service.name()] = why;
  }
}

Definitions make_definitions(const std::vector<pb::FileDescriptorProto>& files,
                             const std::string& source, GrpcServiceFailures* failures) {
  auto parts = std::make_shared<FilesSource>();
  std::map<std::string, const pb::FileDescriptorProto*> by_name;
  for (const pb::FileDescriptorProto& file : files) by_name.emplace(file.name(), &file);
  check_imports(by_name, source);
  std::set<std::string> names;
  for (const auto& [name, file] : by_name) {
    if (!parts->own.Add(*file)) {
      refuse_file(*file,
                  source + " can't be used: its file " + shown(name) +
                      " is not valid, or defines what another one of its files defines",
                  failures);
      continue;
    }
    names.insert(name);
  }
  std::vector<const pb::FileDescriptor*> found;
  for (const std::string& name : names) {
    const pb::FileDescriptor* const file = parts->pool.FindFileByName(name);
    if (file == nullptr) {
      refuse_file(*by_name.at(name), source + " is not complete or not valid:" + parts->errors.text,
                  failures);
      parts->errors.text.clear();
      parts->errors.count = 0;
      continue;
    }
    check_well_known(*file, source);
    found.push_back(file);
  }
  const pb::DescriptorPool& pool = parts->pool;
  return std::make_shared<detail::GrpcDefinitions>(
      std::move(parts), pool, std::move(found),
      failures == nullptr ? GrpcServiceFailures() : std::move(*failures));
}

}  // namespace

Definitions definitions_of_files(const std::vector<pb::FileDescriptorProto>& files,
                                 const std::string& source) {
  return make_definitions(files, source, nullptr);
}

Definitions definitions_of_server(const std::vector<pb::FileDescriptorProto>& files,
                                  const std::string& source, GrpcServiceFailures failures) {
  return make_definitions(files, source, &failures);
}

Definitions definitions_of_protoset(const std::string& file) {
  pb::FileDescriptorSet set;
  const std::string bytes = read_file(file);
  if (!set.ParseFromString(bytes) || set.file_size() == 0) {
    throw Error(file +
                " is not a protoset. Make one with `protoc --include_imports "
                "--descriptor_set_out=" +
                file + " x.proto`, or pass a .proto file to GrpcDynamic::proto()");
  }
  return definitions_of_files({set.file().begin(), set.file().end()}, file);
}

}  // namespace protobuf

}  // namespace cppworker
