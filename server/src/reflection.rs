//! gRPC reflection, for tools that have no `.proto` files.

use tonic::service::RoutesBuilder;

use crate::{
    config::Role,
    error::{Error, Result},
};

/// Bytes of a request, which is a name. Nobody is logged in.
const MAX_QUESTION: usize = 8 * 1024;

/// Adds both versions of the service: tools speak one or the other.
pub(crate) fn add(roles: &[Role], routes: &mut RoutesBuilder) -> Result<()> {
    let builder = || {
        let mut builder = tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(todo_proto::FILE_DESCRIPTOR_SET)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
            .with_service_name("grpc.health.v1.Health");
        for name in roles.iter().filter_map(|role| role.service_name()) {
            builder = builder.with_service_name(name);
        }
        builder
    };
    routes.add_service(
        builder()
            .with_service_name("grpc.reflection.v1.ServerReflection")
            .build_v1()
            .map_err(Error::internal)?
            .max_decoding_message_size(MAX_QUESTION),
    );
    routes.add_service(
        builder()
            .with_service_name("grpc.reflection.v1alpha.ServerReflection")
            .build_v1alpha()
            .map_err(Error::internal)?
            .max_decoding_message_size(MAX_QUESTION),
    );
    Ok(())
}
