#include "protobuf/definitions.hpp"

#include <set>

#include <google/protobuf/descriptor_database.h>

#include <cppworker/exception.hpp>
#include <cppworker/files.hpp>

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
    text.append("\n").append(file).append(": ").append(element).append(": ").append(message);
  }
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

}  // namespace

Definitions definitions_of_files(const std::vector<pb::FileDescriptorProto>& files,
                                 const std::string& source) {
  auto parts = std::make_shared<FilesSource>();
  std::set<std::string> names;
  for (const pb::FileDescriptorProto& file : files) {
    if (names.insert(file.name()).second) parts->own.Add(file);
  }
  std::vector<const pb::FileDescriptor*> found;
  for (const std::string& name : names) {
    const pb::FileDescriptor* const file = parts->pool.FindFileByName(name);
    if (file == nullptr) {
      throw Error(source + " is not complete or not valid:" + parts->errors.text);
    }
    found.push_back(file);
  }
  const pb::DescriptorPool& pool = parts->pool;
  return std::make_shared<detail::GrpcDefinitions>(std::move(parts), pool, std::move(found));
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
