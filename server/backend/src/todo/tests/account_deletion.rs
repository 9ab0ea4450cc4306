//! A deleted account is gone at once, and its rows portion by portion.

use super::*;
use crate::{
    auth::{EraseAccount, accounts::DeleteAccount},
    error::Result,
    maintenance,
    store::{
        accounts,
        conn::{Conn, Write},
        invariants,
    },
    testing::on_both_engines,
    time::Time,
};

on_both_engines! {
    async fn a_deleted_account_is_gone_at_once_and_its_rows_soon(test_db: TestDb) {
        let (db, now) = (&test_db.db, Time::now(&test_db.clock));
        let ann = Person::ann(&test_db).await;
        let owner = ann.account;
        for _ in 0..2 {
            let todos = (0..700).map(|n| v1::NewTodo { todo: Some(titled(&n.to_string())), ..Default::default() });
            let message = v1::BatchCreateTodosRequest { todos: todos.collect(), ..Default::default() };
            ann.service.batch_create_todos(ann.request(message)).await.unwrap();
        }
        db.write(SetPassword { owner }).await.unwrap();
        let delete = |hash: &str| DeleteAccount { owner, current_hash: hash.into(), now };
        assert!(!db.write(delete("another")).await.unwrap());
        assert!(db.write(delete("hash")).await.unwrap());

        assert_eq!(code(ann.create(titled("Late")).await), Code::NotFound);
        assert_eq!(violated(&test_db).await, []);
        let again = Person::ann(&test_db).await;
        again.add("Another of the same name").await;
        assert!(db.write(EraseAccount { owner }).await.unwrap(), "500 of them");

        // The server was stopped: maintenance goes on.
        maintenance::run(db, &ChangeFeed::default(), now).await.unwrap();
        let mut reader = db.reader().await.unwrap();
        assert!(!accounts::is_being_deleted(&mut reader.conn(), owner).await.unwrap());
        drop(reader);
        assert_eq!(again.titles(v1::ListTodosRequest::default()).await, ["Another of the same name"]);
        assert_eq!(violated(&test_db).await, []);
    }
}

async fn violated(test_db: &TestDb) -> Vec<(&'static str, i64)> {
    invariants::violated(&mut test_db.db.reader().await.unwrap().conn()).await.unwrap()
}

struct SetPassword {
    owner: AccountId,
}

impl Write for SetPassword {
    type Output = ();

    async fn apply(&self, conn: &mut Conn<'_>) -> Result<()> {
        accounts::set_password_hash(conn, self.owner, "hash").await
    }
}
