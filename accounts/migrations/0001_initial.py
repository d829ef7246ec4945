from accounts.text import FOLD_TEXT_SQL
import accounts.audit.history
import accounts.fields
import django.contrib.auth.validators
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.text
import simple_history.models
from django.conf import settings
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        # Before any table with a generated search column.
        TrigramExtension(),
        migrations.RunSQL(FOLD_TEXT_SQL, "DROP FUNCTION fold_text(text)"),
        migrations.CreateModel(
            name='User',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('username', models.CharField(max_length=150, unique=True, validators=[django.contrib.auth.validators.UnicodeUsernameValidator()], verbose_name='tên đăng nhập')),
                ('full_name', accounts.fields.LineField(help_text='Theo thứ tự họ, tên đệm, tên.', max_length=150, verbose_name='họ và tên')),
                ('name_key', models.TextField(blank=True, editable=False)),
                ('post', accounts.fields.LineField(blank=True, max_length=200, verbose_name='chức vụ')),
                ('phone', accounts.fields.LineField(blank=True, max_length=30, verbose_name='điện thoại')),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='thư điện tử')),
                ('is_active', models.BooleanField(default=True, help_text='Bỏ chọn để khóa tài khoản; tài khoản không bao giờ bị xóa.', verbose_name='đang hoạt động')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='tạo lúc')),
                ('must_change_password', models.BooleanField(default=False, verbose_name='phải đổi mật khẩu')),
                ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
            ],
            options={
                'verbose_name': 'tài khoản',
                'verbose_name_plural': 'tài khoản',
                'ordering': ['name_key', 'pk'],
                'indexes': [models.Index(fields=['name_key', 'id'], name='user_by_name')],
                'constraints': [models.UniqueConstraint(django.db.models.functions.text.Lower('username'), name='user_username_any_case', violation_error_message='Tên đăng nhập này đã có (không phân biệt chữ hoa, chữ thường).')],
            },
        ),
        migrations.CreateModel(
            name='HistoricalUser',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('recorded_at', models.DateTimeField(db_default=accounts.audit.history.ClockTimestamp(), editable=False, help_text='Theo đồng hồ của máy chủ CSDL.', verbose_name='thời điểm ghi')),
                ('recorded_xid', models.BigIntegerField(db_default=django.db.models.expressions.RawSQL('(pg_current_xact_id()::text::bigint)', ()), editable=False, verbose_name='giao dịch')),
                ('door', models.CharField(choices=[('web', 'Màn hình'), ('import', 'Nhập dữ liệu'), ('job', 'Tự động'), ('letter', 'Ghi nhận theo văn bản')], max_length=10, verbose_name='qua')),
                ('username', models.CharField(db_index=True, max_length=150, validators=[django.contrib.auth.validators.UnicodeUsernameValidator()], verbose_name='tên đăng nhập')),
                ('full_name', accounts.fields.LineField(help_text='Theo thứ tự họ, tên đệm, tên.', max_length=150, verbose_name='họ và tên')),
                ('post', accounts.fields.LineField(blank=True, max_length=200, verbose_name='chức vụ')),
                ('phone', accounts.fields.LineField(blank=True, max_length=30, verbose_name='điện thoại')),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='thư điện tử')),
                ('is_active', models.BooleanField(default=True, help_text='Bỏ chọn để khóa tài khoản; tài khoản không bao giờ bị xóa.', verbose_name='đang hoạt động')),
                ('created_at', models.DateTimeField(blank=True, editable=False, verbose_name='tạo lúc')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.TextField(null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'historical tài khoản',
                'verbose_name_plural': 'historical tài khoản',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalUser_groups',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('recorded_at', models.DateTimeField(db_default=accounts.audit.history.ClockTimestamp(), editable=False, help_text='Theo đồng hồ của máy chủ CSDL.', verbose_name='thời điểm ghi')),
                ('recorded_xid', models.BigIntegerField(db_default=django.db.models.expressions.RawSQL('(pg_current_xact_id()::text::bigint)', ()), editable=False, verbose_name='giao dịch')),
                ('m2m_history_id', models.AutoField(primary_key=True, serialize=False)),
                ('group', models.ForeignKey(blank=True, db_constraint=False, db_tablespace='', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='auth.group')),
                ('history', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, to='accounts.historicaluser')),
                ('user', models.ForeignKey(blank=True, db_constraint=False, db_tablespace='', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'HistoricalUser_groups',
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
    ]
