#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/dynamic_message.h>

#include <cppworker/grpc_dynamic.hpp>

namespace cppworker::detail {

/// By the name of a service that can't be called: why.
using GrpcServiceFailures = std::map<std::string, std::string, std::less<>>;

/// The descriptors of messages and services. Immutable; for all threads.
class GrpcDefinitions {
 public:
  /// @param source what the pool reads from; kept as long as the pool
  /// @param pool part of `source`
  /// @param files those whose services can be called
  /// @param failures of services that are in none of the files
  GrpcDefinitions(std::shared_ptr<void> source, const google::protobuf::DescriptorPool& pool,
                  std::vector<const google::protobuf::FileDescriptor*> files,
                  GrpcServiceFailures failures = {})
      : source_(std::move(source)),
        pool_(pool),
        files_(std::move(files)),
        failures_(std::move(failures)),
        factory_(&pool_) {}

  /// @param name "package.Service/Method"; null: there is none
  [[nodiscard]] const google::protobuf::MethodDescriptor* find(std::string_view name) const;
  [[nodiscard]] std::vector<std::string> methods() const;
  /// Why the service of this method can't be called; null: it is not known.
  [[nodiscard]] const std::string* failure_of(std::string_view name) const;
  /// An empty message of this type, from which others are made.
  [[nodiscard]] const google::protobuf::Message& prototype(
      const google::protobuf::Descriptor& type) const {
    return *factory_.GetPrototype(&type);
  }

 private:
  std::shared_ptr<void> source_;
  const google::protobuf::DescriptorPool& pool_;
  std::vector<const google::protobuf::FileDescriptor*> files_;
  GrpcServiceFailures failures_;
  mutable google::protobuf::DynamicMessageFactory factory_;  // it locks
};

}  // namespace cppworker::detail

namespace cppworker::protobuf {

using Definitions = std::shared_ptr<const detail::GrpcDefinitions>;

// All of them throw Error with the file, the line and what to do. They need more stack than a user
// has.

[[nodiscard]] Definitions definitions_of_proto(const std::string& file,
                                               const std::vector<std::string>& folders);
/// Of the text of a .proto file that is correct and imports nothing.
[[nodiscard]] Definitions definitions_of_text(std::string_view text);
[[nodiscard]] Definitions definitions_of_protoset(const std::string& file);
/// @param source for the texts of errors: "shop.protoset"
[[nodiscard]] Definitions definitions_of_files(
    const std::vector<google::protobuf::FileDescriptorProto>& files, const std::string& source);
/// The same of what a server has sent: only the services of a file that is not valid can't be
/// called.
/// @param failures of the server's services, if they are in none of the files
[[nodiscard]] Definitions definitions_of_server(
    const std::vector<google::protobuf::FileDescriptorProto>& files, const std::string& source,
    detail::GrpcServiceFailures failures);

/// Throws Error if the file, or one that it imports, defines a well-known type as
/// google.protobuf.Value with other fields than libprotobuf: the conversions know its fields.
void check_well_known(const google::protobuf::FileDescriptor& file, const std::string& source);

}  // namespace cppworker::protobuf
