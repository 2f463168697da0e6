#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/dynamic_message.h>

#include <cppworker/grpc_dynamic.hpp>

namespace cppworker::detail {

/// The descriptors of messages and services. Immutable; for all threads.
class GrpcDefinitions {
 public:
  /// @param source what the pool reads from; kept as long as the pool
  /// @param pool part of `source`
  /// @param files those whose services can be called
  GrpcDefinitions(std::shared_ptr<void> source, const google::protobuf::DescriptorPool& pool,
                  std::vector<const google::protobuf::FileDescriptor*> files)
      : source_(std::move(source)), pool_(pool), files_(std::move(files)), factory_(&pool_) {}

  /// @param name "package.Service/Method"; null: there is none
  [[nodiscard]] const google::protobuf::MethodDescriptor* find(std::string_view name) const;
  [[nodiscard]] std::vector<std::string> methods() const;
  /// An empty message of this type, from which others are made.
  [[nodiscard]] const google::protobuf::Message& prototype(
      const google::protobuf::Descriptor& type) const {
    return *factory_.GetPrototype(&type);
  }

 private:
  std::shared_ptr<void> source_;
  const google::protobuf::DescriptorPool& pool_;
  std::vector<const google::protobuf::FileDescriptor*> files_;
  mutable google::protobuf::DynamicMessageFactory factory_;  // it locks
};

}  // namespace cppworker::detail

namespace cppworker::protobuf {

using Definitions = std::shared_ptr<const detail::GrpcDefinitions>;

// All of them throw Error with the file, the line and what to do.

[[nodiscard]] Definitions definitions_of_proto(const std::string& file,
                                               const std::vector<std::string>& folders);
/// Of the text of a .proto file that is correct and imports nothing.
[[nodiscard]] Definitions definitions_of_text(std::string_view text);
[[nodiscard]] Definitions definitions_of_protoset(const std::string& file);
/// @param source for the texts of errors: "shop.protoset"
[[nodiscard]] Definitions definitions_of_files(
    const std::vector<google::protobuf::FileDescriptorProto>& files, const std::string& source);

}  // namespace cppworker::protobuf
