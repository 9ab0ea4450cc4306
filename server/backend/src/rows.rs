//! How rows and their newtypes are read and bound on both engines. In place of the derive macros of sqlx, which would
//! build SQLite a second time, for the compiler.

/// Lets a newtype stand for the value inside of it in a column: `transparent!(Time(i64))`.
macro_rules! transparent {
    ($name:ident($inner:ty)) => {
        impl<D: sqlx::Database> sqlx::Type<D> for $name
        where
            $inner: sqlx::Type<D>,
        {
            fn type_info() -> D::TypeInfo {
                <$inner as sqlx::Type<D>>::type_info()
            }

            fn compatible(column: &D::TypeInfo) -> bool {
                <$inner as sqlx::Type<D>>::compatible(column)
            }
        }

        impl<'q, D: sqlx::Database> sqlx::Encode<'q, D> for $name
        where
            $inner: sqlx::Encode<'q, D>,
        {
            fn encode_by_ref(
                &self,
                buffer: &mut D::ArgumentBuffer,
            ) -> Result<sqlx::encode::IsNull, sqlx::error::BoxDynError> {
                self.0.encode_by_ref(buffer)
            }

            fn produces(&self) -> Option<D::TypeInfo> {
                self.0.produces()
            }

            fn size_hint(&self) -> usize {
                self.0.size_hint()
            }
        }

        impl<'r, D: sqlx::Database> sqlx::Decode<'r, D> for $name
        where
            $inner: sqlx::Decode<'r, D>,
        {
            fn decode(value: D::ValueRef<'r>) -> Result<Self, sqlx::error::BoxDynError> {
                <$inner as sqlx::Decode<'r, D>>::decode(value).map(Self)
            }
        }
    };
}
pub(crate) use transparent;

/// Reads a struct from a row whose columns have the names of its fields: `row!(Session { id, client })`.
macro_rules! row {
    ($name:ident { $($field:ident),+ $(,)? }) => {
        impl<'r, R: sqlx::Row> sqlx::FromRow<'r, R> for $name
        where
            &'static str: sqlx::ColumnIndex<R>,
            bool: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
            i64: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
            String: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
            uuid::Uuid: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
            Vec<u8>: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
        {
            fn from_row(row: &'r R) -> sqlx::Result<Self> {
                Ok(Self { $($field: row.try_get(stringify!($field))?),+ })
            }
        }
    };
}
pub(crate) use row;
